//! A canvas that shows a picture: it owns the frame loop, paints shapes and says what was pointed at.

use super::theme::{Palette, changed, version};
use super::window;
use bivalent::scene::{Align, Picture, Point, Shape, Stroke, Target, at};
use gloo::render::{AnimationFrame, request_animation_frame};
use std::cell::RefCell;
use std::f64::consts::TAU;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, KeyboardEvent, MouseEvent, PointerEvent};
use yew::prelude::*;

/// How long a finger rests until it means the menu, in milliseconds.
const LONG_PRESS_MS: f64 = 500.0;

/// How far a pointer may go and still mean a click, in pixels.
const CLICK_PIXELS: f32 = 5.0;

/// What happened on the canvas.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Pointed {
    /// A plain click, at a target or beside all, with the place.
    Click(Option<Target>, Point),
    /// The menu is wanted: right click, long press.
    Menu(Option<Target>, Point),
    /// A target is dragged, now at this place, from 0 to 1 in both directions.
    Drag(Target, Point),
    /// What was dragged is let go, at this place, from 0 to 1 in both directions.
    Drop(Target, Point),
    /// The pointer moves along with its button down, beside all targets.
    Scrub(Point),
    /// The pointer is over something else than before, or over nothing.
    Hover(Option<Target>),
}

/// What a canvas shows: the picture at a size, or nothing new. It is asked before every frame, with the milliseconds
/// since the last one.
pub type Source = Rc<dyn Fn(f64, (f32, f32)) -> Option<Picture>>;

/// What a canvas needs.
#[derive(Properties)]
pub struct Props {
    /// What it shows.
    pub source: Source,
    /// What it is, for those who do not see it.
    pub label: AttrValue,
    /// The class, for its size.
    pub class: AttrValue,
    /// Its own sizes.
    #[prop_or_default]
    pub style: AttrValue,
    /// What happens on it.
    #[prop_or_default]
    pub on_pointed: Callback<Pointed>,
    /// Keys that reach it.
    #[prop_or_default]
    pub on_key: Callback<KeyboardEvent>,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.source, &other.source)
            && self.class == other.class
            && (&self.label, &self.style) == (&other.label, &other.style)
    }
}

#[derive(Default)]
struct Painter {
    palette: Palette,
    size: (f32, f32),
    theme: u64,
    picture: Picture,
    last_ms: Option<f64>,
    frame: Option<AnimationFrame>,
    press: Option<Press>,
    hover: Option<Target>,
}

struct Press {
    place: Point,
    since_ms: f64,
    target: Option<Target>,
    moved: bool,
    menu: bool,
}

/// The canvas.
pub struct Canvas {
    node: NodeRef,
    painter: Rc<RefCell<Painter>>,
}

/// What the browser tells.
pub enum Msg {
    Down(PointerEvent),
    Moved(PointerEvent),
    Up(PointerEvent),
    Left,
    ContextMenu(MouseEvent),
}

impl Component for Canvas {
    type Message = Msg;
    type Properties = Props;

    fn create(_: &Context<Self>) -> Self {
        Canvas { node: NodeRef::default(), painter: Rc::default() }
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if first {
            // Colours follow the system's theme; the style sheet is in force only after the first layout.
            changed();
        }
        let source = Rc::clone(&ctx.props().source);
        if let Some(canvas) = self.node.cast::<HtmlCanvasElement>() {
            let pointed = ctx.props().on_pointed.clone();
            run(Rc::clone(&self.painter), canvas, source, pointed);
        }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        let Some(canvas) = self.node.cast::<HtmlCanvasElement>() else { return false };
        let mut borrowed = self.painter.borrow_mut();
        let painter = &mut *borrowed;
        let place = |event: &MouseEvent| at(event.offset_x() as f32, event.offset_y() as f32);
        let pointed = match msg {
            Msg::Down(event) if event.button() == 0 => {
                let place = place(&event);
                // Without capture a drag ends at the edge, which is all right too.
                let _ = canvas.set_pointer_capture(event.pointer_id());
                let since_ms = window().performance().map_or(0.0, |clock| clock.now());
                let target = painter.picture.hit(place);
                painter.press = Some(Press { place, since_ms, target, moved: false, menu: false });
                None
            }
            Msg::Down(_) => None,
            Msg::Moved(event) => {
                let place = place(&event);
                let share = share(painter.size, place);
                let over = painter.picture.hit(place);
                match painter.press.as_mut() {
                    Some(press) => {
                        press.moved |= press.place.distance(place) > CLICK_PIXELS;
                        press.moved.then_some(match press.target {
                            Some(target @ (Target::Process(_) | Target::Calm)) => Pointed::Drag(target, share),
                            _ => Pointed::Scrub(place),
                        })
                    }
                    None if over != painter.hover => {
                        painter.hover = over;
                        Some(Pointed::Hover(over))
                    }
                    None => None,
                }
            }
            Msg::Up(event) => {
                let place = place(&event);
                let share = share(painter.size, place);
                let press = painter.press.take().filter(|press| !press.menu);
                press.and_then(|press| match press.moved {
                    false => Some(Pointed::Click(press.target, place)),
                    true => press.target.map(|target| Pointed::Drop(target, share)),
                })
            }
            Msg::Left => {
                painter.press = None;
                painter.hover.take().map(|_| Pointed::Hover(None))
            }
            Msg::ContextMenu(event) => {
                event.prevent_default();
                let place = place(&event);
                Some(Pointed::Menu(painter.picture.hit(place), place))
            }
        };
        drop(borrowed);
        if let Some(pointed) = pointed {
            ctx.props().on_pointed.emit(pointed);
        }
        false
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        html! {
            <canvas
                ref={self.node.clone()}
                class={ctx.props().class.clone()}
                style={ctx.props().style.clone()}
                role="img"
                tabindex="0"
                aria-label={ctx.props().label.clone()}
                onpointerdown={link.callback(Msg::Down)}
                onpointermove={link.callback(Msg::Moved)}
                onpointerup={link.callback(Msg::Up)}
                onpointercancel={link.callback(|_: PointerEvent| Msg::Left)}
                onpointerleave={link.callback(|_: PointerEvent| Msg::Left)}
                oncontextmenu={link.callback(Msg::ContextMenu)}
                onkeydown={ctx.props().on_key.clone()}
            />
        }
    }

    fn destroy(&mut self, _: &Context<Self>) {
        // The frame loop holds the painter, and the painter the frame: the circle ends here.
        self.painter.borrow_mut().frame = None;
    }
}

/// A place from 0 to 1 in both directions.
fn share(size: (f32, f32), place: Point) -> Point {
    at(place.x / size.0.max(1.0), place.y / size.1.max(1.0))
}

/// Asks for the next frame; a loop that runs is replaced.
fn run(painter: Rc<RefCell<Painter>>, canvas: HtmlCanvasElement, source: Source, pointed: Callback<Pointed>) {
    let weak = Rc::downgrade(&painter);
    let frame = request_animation_frame(move |now_ms| {
        let Some(painter) = weak.upgrade() else { return };
        let menu = frame(&mut painter.borrow_mut(), &canvas, &source, now_ms);
        if let Some(menu) = menu {
            pointed.emit(menu);
        }
        run(painter, canvas, source, pointed);
    });
    painter.borrow_mut().frame = Some(frame);
}

fn frame(painter: &mut Painter, canvas: &HtmlCanvasElement, source: &Source, now_ms: f64) -> Option<Pointed> {
    let passed_ms = now_ms - painter.last_ms.replace(now_ms).unwrap_or(now_ms);
    let size = (canvas.client_width() as f32, canvas.client_height() as f32);
    let picture = source(passed_ms, size);
    let stale = painter.size != size || painter.theme != version();
    if let Some(picture) = picture {
        painter.picture = picture;
        paint(painter, canvas, size);
    } else if stale {
        paint(painter, canvas, size);
    }
    let press = painter
        .press
        .as_mut()
        .filter(|press| !press.moved && !press.menu && now_ms - press.since_ms > LONG_PRESS_MS)?;
    press.menu = true;
    Some(Pointed::Menu(press.target, press.place))
}

fn paint(painter: &mut Painter, canvas: &HtmlCanvasElement, size: (f32, f32)) {
    painter.palette.refresh();
    (painter.size, painter.theme) = (size, version());
    let ratio = window().device_pixel_ratio().clamp(1.0, 3.0);
    let pixels = ((f64::from(size.0) * ratio) as u32, (f64::from(size.1) * ratio) as u32);
    if (canvas.width(), canvas.height()) != pixels {
        canvas.set_width(pixels.0);
        canvas.set_height(pixels.1);
    }
    let context = canvas.get_context("2d").ok().flatten().and_then(|context| context.dyn_into().ok());
    let Some(context): Option<CanvasRenderingContext2d> = context else { return };
    // A transform of finite numbers does not fail.
    let _ = context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
    context.clear_rect(0.0, 0.0, size.0.into(), size.1.into());
    context.set_line_cap("round");
    context.set_line_join("round");
    context.set_text_baseline("middle");
    for shape in &painter.picture.shapes {
        draw(&context, &painter.palette, shape);
    }
}

fn set_stroke(context: &CanvasRenderingContext2d, palette: &Palette, stroke: Stroke) {
    context.set_stroke_style_str(palette.colour(stroke.ink));
    context.set_line_width(stroke.width.into());
    let dashes = js_sys::Array::new();
    if stroke.dashed {
        dashes.push(&JsValue::from_f64(f64::from(stroke.width) * 2.0 + 2.0));
        dashes.push(&JsValue::from_f64(f64::from(stroke.width) * 2.0 + 3.0));
    }
    // Two positive numbers are a valid pattern.
    let _ = context.set_line_dash(&dashes);
}

fn trace(context: &CanvasRenderingContext2d, points: &[Point]) {
    context.begin_path();
    for (index, point) in points.iter().enumerate() {
        let (x, y) = (point.x.into(), point.y.into());
        if index == 0 { context.move_to(x, y) } else { context.line_to(x, y) }
    }
}

fn draw(context: &CanvasRenderingContext2d, palette: &Palette, shape: &Shape) {
    // Arcs and texts fail only for numbers that are not finite or negative radii, which scenes do not make.
    match shape {
        Shape::Line { points, stroke } => {
            set_stroke(context, palette, *stroke);
            trace(context, points);
            context.stroke();
        }
        Shape::Polygon { points, fill, stroke } => {
            set_stroke(context, palette, *stroke);
            trace(context, points);
            context.close_path();
            context.set_fill_style_str(palette.colour(*fill));
            context.fill();
            context.stroke();
        }
        Shape::Disc { centre, radius, fill, stroke } => {
            context.begin_path();
            let _ = context.arc(centre.x.into(), centre.y.into(), (*radius).into(), 0.0, TAU);
            if let Some(fill) = fill {
                context.set_fill_style_str(palette.colour(*fill));
                context.fill();
            }
            if let Some(stroke) = stroke {
                set_stroke(context, palette, *stroke);
                context.stroke();
            }
        }
        Shape::Arc { centre, radius, turns, fill, stroke } => {
            let (x, y) = (centre.x.into(), centre.y.into());
            let angle = |turn: f32| f64::from(turn) * TAU - TAU / 4.0;
            context.begin_path();
            let _ = context.arc(x, y, (*radius).into(), angle(turns.0), angle(turns.1));
            if let Some(fill) = fill {
                context.line_to(x, y);
                context.close_path();
                context.set_fill_style_str(palette.colour(*fill));
                context.fill();
            }
            if let Some(stroke) = stroke {
                set_stroke(context, palette, *stroke);
                context.stroke();
            }
        }
        Shape::Capsule { centre, half, fill, stroke } => {
            let (half_width, half_height): (f64, f64) = (half.0.max(half.1).into(), half.1.into());
            let (x, y): (f64, f64) = (centre.x.into(), centre.y.into());
            let straight = half_width - half_height;
            context.begin_path();
            let _ = context.arc(x + straight, y, half_height, -TAU / 4.0, TAU / 4.0);
            let _ = context.arc(x - straight, y, half_height, TAU / 4.0, -TAU / 4.0);
            context.close_path();
            context.set_fill_style_str(palette.colour(*fill));
            context.fill();
            set_stroke(context, palette, *stroke);
            context.stroke();
        }
        Shape::Text { place, text, size, align, ink, bold } => {
            let weight = if *bold { 650 } else { 400 };
            // Whole pixels: printing other numbers takes more code than it is worth.
            context.set_font(&format!("{weight} {}px {}", size.round() as u32, palette.font()));
            context.set_text_align(match align {
                Align::Start => "left",
                Align::Middle => "center",
                Align::End => "right",
            });
            context.set_fill_style_str(palette.colour(*ink));
            let _ = context.fill_text(text, place.x.into(), f64::from(place.y) + f64::from(*size) * 0.04);
        }
    }
}
