//! A list to choose from.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// The properties of a list.
#[derive(Properties)]
pub struct SelectProps {
    /// Its name in the document.
    pub id: AttrValue,
    /// The value of the option that is chosen.
    pub value: AttrValue,
    /// Another option was picked.
    pub onchange: Callback<Event>,
    /// The options.
    pub children: Children,
}

/// A person may have picked something, which no property tells.
impl PartialEq for SelectProps {
    fn eq(&self, _: &Self) -> bool {
        false
    }
}

/// A list that shows its value, whatever a person has picked in it before: from then on a browser does not care which
/// option has the attribute.
#[component]
pub fn Select(props: &SelectProps) -> Html {
    let node = use_node_ref();
    let (shown, value) = (node.clone(), props.value.clone());
    use_effect(move || {
        if let Some(select) = shown.cast::<HtmlSelectElement>() {
            select.set_value(&value);
        }
    });
    html! { <select ref={node} id={props.id.clone()} onchange={props.onchange.clone()}>{ props.children.clone() }</select> }
}
