//! A canvas that shows a picture: it owns the frame loop, paints shapes and says what was pointed at.

use super::browser::window;
use super::theme::{Palette, changed, version};
use bivalent::scene::{Align, Ink, Picture, Point, Shape, Stroke, Target, at};
use gloo::render::{AnimationFrame, request_animation_frame};
use std::cell::RefCell;
use std::f64::consts::TAU;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, KeyboardEvent, MouseEvent, PointerEvent};
use yew::prelude::*;

/// The time that a finger rests until it means the menu, in milliseconds.
const LONG_PRESS_MS: f64 = 500.0;

/// The most that a pointer may move in a click, in pixels.
const CLICK_PIXELS: f32 = 5.0;

/// The greatest length of a line that is a small mark, in pixels.
const SHORT_PIXELS: f32 = 16.0;

/// An event on the canvas.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Pointed {
    /// A plain click, at a target or beside all, with the place.
    Click(Option<Target>, Point),
    /// The menu is wanted: right click, long press.
    Menu(Option<Target>, Point),
    /// A process is dragged, now at this place.
    Drag(Target, Point),
    /// The dragged thing is let go, at this place.
    Drop(Target, Point),
    /// The pointer is over something else than before, or over nothing.
    Hover(Option<Target>),
    /// The pointer moves along with its button down, beside all processes: from where, and where it is now.
    Scrub(Point, Point),
    /// It has moved along from one place to another, and its button is up again.
    Stroke(Point, Point),
    /// The gesture that was begun is broken off.
    Nothing,
}

/// The content of a canvas: the picture at a size, or nothing new. It is asked before every frame, with the
/// milliseconds since the last one.
pub type Source = Rc<dyn Fn(f64, (f32, f32)) -> Option<Picture>>;

/// The properties of a canvas.
#[derive(Properties)]
pub struct CanvasProps {
    /// Its content.
    pub source: Source,
    /// A description, for those who do not see it.
    pub label: AttrValue,
    /// The class, for its size.
    pub class: AttrValue,
    /// Its own sizes.
    #[prop_or_default]
    pub style: AttrValue,
    /// The events on it.
    #[prop_or_default]
    pub on_pointed: Callback<Pointed>,
    /// Keys that reach it.
    #[prop_or_default]
    pub on_key: Callback<KeyboardEvent>,
}

impl PartialEq for CanvasProps {
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

/// The events of the browser.
pub enum CanvasMsg {
    Down(PointerEvent),
    Moved(PointerEvent),
    Up(PointerEvent),
    Left,
    Out,
    ContextMenu(MouseEvent),
}

impl Component for Canvas {
    type Message = CanvasMsg;
    type Properties = CanvasProps;

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

    fn update(&mut self, ctx: &Context<Self>, msg: CanvasMsg) -> bool {
        let Some(canvas) = self.node.cast::<HtmlCanvasElement>() else { return false };
        let mut borrowed = self.painter.borrow_mut();
        let painter = &mut *borrowed;
        let place = |event: &MouseEvent| at(event.offset_x() as f32, event.offset_y() as f32);
        let pointed = match msg {
            CanvasMsg::Down(event) if event.button() == 0 => {
                let place = place(&event);
                // Without capture a drag ends at the edge, which is all right too.
                let _ = canvas.set_pointer_capture(event.pointer_id());
                let since_ms = window().performance().map_or(0.0, |clock| clock.now());
                let target = painter.picture.hit(place);
                painter.press = Some(Press { place, since_ms, target, moved: false, menu: false });
                None
            }
            CanvasMsg::Down(_) => None,
            CanvasMsg::Moved(event) => {
                let place = place(&event);
                match &mut painter.press {
                    Some(press) => {
                        press.moved |= press.place.distance(place) > CLICK_PIXELS;
                        press.moved.then_some(match press.target {
                            Some(target @ (Target::Process(_) | Target::Gst)) => Pointed::Drag(target, place),
                            _ => Pointed::Scrub(press.place, place),
                        })
                    }
                    None => {
                        let over = painter.picture.hit(place);
                        (over != std::mem::replace(&mut painter.hover, over)).then_some(Pointed::Hover(over))
                    }
                }
            }
            CanvasMsg::Up(event) => {
                let place = place(&event);
                painter.press.take().and_then(|press| match (press.moved, press.target) {
                    _ if press.menu => None,
                    (false, target) => Some(Pointed::Click(target, place)),
                    (true, Some(Target::Process(_))) => None,
                    (true, Some(target @ Target::Gst)) => Some(Pointed::Drop(target, place)),
                    (true, _) => Some(Pointed::Stroke(press.place, place)),
                })
            }
            CanvasMsg::Left => painter.press.take().map(|_| Pointed::Nothing),
            CanvasMsg::Out => painter.hover.take().map(|_| Pointed::Hover(None)),
            CanvasMsg::ContextMenu(event) => {
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
                onpointerdown={link.callback(CanvasMsg::Down)}
                onpointermove={link.callback(CanvasMsg::Moved)}
                onpointerup={link.callback(CanvasMsg::Up)}
                onpointercancel={link.callback(|_: PointerEvent| CanvasMsg::Left)}
                onpointerleave={link.callback(|_: PointerEvent| CanvasMsg::Out)}
                oncontextmenu={link.callback(CanvasMsg::ContextMenu)}
                onkeydown={ctx.props().on_key.clone()}
            />
        }
    }

    fn destroy(&mut self, _: &Context<Self>) {
        // The frame loop holds the painter, and the painter the frame: the circle ends here.
        self.painter.borrow_mut().frame = None;
    }
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
    context.set_line_join("round");
    context.set_text_baseline("middle");
    let mut pen =
        Pen { context: &context, palette: &painter.palette, stroke: None, fill: None, font: None, align: None };
    for shapes in painter.picture.shapes.chunk_by(alike) {
        pen.draw(shapes);
    }
}

/// True if two neighbours are drawn as one path, which costs less for small marks. Long lines are not: for each row of
/// pixels the browser goes through all edges of a path that cross it, and takes twice as long for hundreds of dashed
/// lines in one path as for the same in a path each.
fn alike(one: &Shape, other: &Shape) -> bool {
    let joins = match (one, other) {
        (Shape::Disc { .. }, Shape::Disc { .. }) | (Shape::Arc { fill: None, .. }, Shape::Arc { fill: None, .. }) => {
            true
        }
        (Shape::Line { points: one, .. }, Shape::Line { points: other, .. }) => is_short(one) && is_short(other),
        // An outline of another colour would lie upon the grounds of neighbours that come later.
        (Shape::Polygon { fill, stroke, .. }, Shape::Polygon { .. }) => *fill == stroke.ink,
        _ => false,
    };
    joins && one.look() == other.look()
}

fn is_short(line: &[Point]) -> bool {
    matches!(line, [from, to] if from.distance(*to) < SHORT_PIXELS)
}

/// The pen, and what it was set to last: to set it costs more than to draw a dot.
struct Pen<'a> {
    context: &'a CanvasRenderingContext2d,
    palette: &'a Palette,
    stroke: Option<Stroke>,
    fill: Option<Ink>,
    font: Option<(u32, bool)>,
    align: Option<Align>,
}

fn trace(context: &CanvasRenderingContext2d, points: &[Point]) {
    for (index, point) in points.iter().enumerate() {
        let (x, y) = (point.x.into(), point.y.into());
        if index == 0 { context.move_to(x, y) } else { context.line_to(x, y) }
    }
}

impl Pen<'_> {
    fn stroke(&mut self, stroke: Stroke) {
        let before = self.stroke.replace(stroke);
        if before != Some(stroke) {
            self.context.set_stroke_style_str(self.palette.colour(stroke.ink));
            self.context.set_line_width(stroke.width.into());
            // The end of a line as thin as a pixel shows no shape, and a round one keeps the browser from its short cut.
            self.context.set_line_cap(if stroke.width > 1.0 { "round" } else { "butt" });
            if stroke.dashed || before.is_none_or(|before| before.dashed) {
                let dashes = js_sys::Array::new();
                if stroke.dashed {
                    dashes.push(&JsValue::from_f64(f64::from(stroke.width) * 2.0 + 2.0));
                    dashes.push(&JsValue::from_f64(f64::from(stroke.width) * 2.0 + 3.0));
                }
                // Two positive numbers are a valid pattern.
                let _ = self.context.set_line_dash(&dashes);
            }
        }
        self.context.stroke();
    }

    fn set_fill(&mut self, ink: Ink) {
        if self.fill.replace(ink) != Some(ink) {
            self.context.set_fill_style_str(self.palette.colour(ink));
        }
    }

    fn fill(&mut self, ink: Ink) {
        self.set_fill(ink);
        self.context.fill();
    }

    /// One shape, or several that are alike.
    fn draw(&mut self, shapes: &[Shape]) {
        let Some(first) = shapes.first() else { return };
        if let Shape::Text { place, text, size, align, ink, bold } = first {
            return self.write(*place, text, *size, *align, *ink, *bold);
        }
        self.context.begin_path();
        for shape in shapes {
            self.outline(shape);
        }
        let (fill, stroke) = first.look();
        if let Some(fill) = fill {
            self.fill(fill);
        }
        if let Some(stroke) = stroke {
            self.stroke(stroke);
        }
    }

    /// Adds a shape to the path.
    fn outline(&self, shape: &Shape) {
        let context = self.context;
        // Arcs fail only for numbers that are not finite or negative radii, which scenes do not make.
        match shape {
            Shape::Line { points, .. } => trace(context, points),
            Shape::Polygon { points, .. } => {
                trace(context, points);
                context.close_path();
            }
            Shape::Disc { centre, radius, .. } => {
                let (x, y, radius) = (centre.x.into(), centre.y.into(), f64::from(*radius));
                context.move_to(x + radius, y);
                let _ = context.arc(x, y, radius, 0.0, TAU);
            }
            Shape::Arc { centre, radius, turns, fill, .. } => {
                let [from, to] = [turns.0, turns.1].map(|turn| (turn - 0.25) * TAU as f32);
                let (x, y) = (centre.x.into(), centre.y.into());
                let start = centre.by(radius * from.cos(), radius * from.sin());
                context.move_to(start.x.into(), start.y.into());
                let _ = context.arc(x, y, (*radius).into(), from.into(), to.into());
                if fill.is_some() {
                    context.line_to(x, y);
                    context.close_path();
                }
            }
            Shape::Capsule { centre, half, .. } => {
                let (half_width, half_height): (f64, f64) = (half.0.max(half.1).into(), half.1.into());
                let (x, y): (f64, f64) = (centre.x.into(), centre.y.into());
                let straight = half_width - half_height;
                let _ = context.arc(x + straight, y, half_height, -TAU / 4.0, TAU / 4.0);
                let _ = context.arc(x - straight, y, half_height, TAU / 4.0, -TAU / 4.0);
                context.close_path();
            }
            Shape::Text { .. } => {}
        }
    }

    fn write(&mut self, place: Point, text: &str, size: f32, align: Align, ink: Ink, bold: bool) {
        // Whole pixels: printing other numbers takes more code than it is worth.
        let font = (size.round() as u32, bold);
        if self.font.replace(font) != Some(font) {
            let weight = if bold { 650 } else { 400 };
            self.context.set_font(&format!("{weight} {}px {}", font.0, self.palette.font()));
        }
        if self.align.replace(align) != Some(align) {
            self.context.set_text_align(match align {
                Align::Start => "left",
                Align::Middle => "center",
                Align::End => "right",
            });
        }
        self.set_fill(ink);
        // Texts fail only for numbers that are not finite.
        let _ = self.context.fill_text(text, place.x.into(), f64::from(place.y) + f64::from(size) * 0.04);
    }
}
