//! Reads the fields of an object that an application gave: each by its name and type, none unknown.

use std::ops::RangeInclusive;

use js_sys::{Array, Function, Object, Reflect};
use serde::Serialize;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use web_sys::Url;

use super::errors::invalid;
use crate::browser::LONGEST_TIMER;
use crate::engine::Millis;

/// A span of time that varies.
#[derive(Clone, Copy, Serialize)]
pub struct Interval {
    pub min: Millis,
    pub max: Millis,
}

impl Interval {
    pub fn ends(self) -> (Millis, Millis) {
        (self.min, self.max)
    }
}

type Result<T> = std::result::Result<T, JsValue>;

#[wasm_bindgen]
extern "C" {
    /// Text of any value, as `String(value)` has it.
    #[wasm_bindgen(catch, js_name = String)]
    fn text_of(value: &JsValue) -> Result<String>;
    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    fn is_array(value: &JsValue) -> Result<bool>;
    #[wasm_bindgen(catch, js_namespace = Object, js_name = keys)]
    fn keys_of(object: &Object) -> Result<Array>;
}

/// An object whose fields are read, once each.
pub struct Fields {
    object: Object,
    /// Comes before a field's name in errors: `pollIntervalMs.`
    path: String,
    read: Vec<&'static str>,
}

impl Fields {
    /// `what` names it where it is no object; `path` comes before its fields' names.
    pub fn of(value: JsValue, what: &str, path: &str) -> Result<Fields> {
        if !value.is_object() || is_array(&value).unwrap_or(true) {
            return Err(invalid(&format!("{what} must be an object")));
        }
        Ok(Fields { object: value.unchecked_into(), path: path.to_owned(), read: Vec::new() })
    }

    /// A field that may have any value but undefined.
    pub fn any(&mut self, name: &'static str) -> Result<Option<JsValue>> {
        self.read.push(name);
        let value = Reflect::get(&self.object, &name.into())
            .map_err(|_| invalid(&format!("`{}{name}` cannot be read", self.path)))?;
        Ok(Some(value).filter(|value| !value.is_undefined()))
    }

    /// A field that is an object itself.
    pub fn object(&mut self, name: &'static str) -> Result<Option<Fields>> {
        let path = format!("{}{name}.", self.path);
        self.any(name)?.map(|value| Fields::of(value, &format!("`{name}`"), &path)).transpose()
    }

    pub fn function(&mut self, name: &'static str) -> Result<Option<Function>> {
        let given = self.any(name)?;
        given.map(|value| value.dyn_into().map_err(|_| self.wrong(name, "must be a function"))).transpose()
    }

    /// A switch. Default: off.
    pub fn is(&mut self, name: &'static str) -> Result<bool> {
        match self.any(name)? {
            None => Ok(false),
            Some(value) => value.as_bool().ok_or_else(|| self.wrong(name, "must be a boolean")),
        }
    }

    /// A span that can be waited for: from `least`, or more than nothing.
    pub fn duration(&mut self, name: &'static str, least: Option<Millis>) -> Result<Option<Millis>> {
        let Some(value) = self.any(name)? else { return Ok(None) };
        match (value.as_f64(), least) {
            (Some(span), Some(least)) if span >= least && span.is_finite() => Ok(Some(span.min(LONGEST_TIMER))),
            (Some(span), None) if span > 0.0 && span.is_finite() => Ok(Some(span.min(LONGEST_TIMER))),
            (_, Some(_)) => Err(self.wrong(name, "must be a number of milliseconds")),
            (_, None) => Err(self.wrong(name, "must be a positive number of milliseconds")),
        }
    }

    /// A whole number within a range.
    pub fn count(&mut self, name: &'static str, range: RangeInclusive<u32>) -> Result<Option<u32>> {
        let Some(value) = self.any(name)? else { return Ok(None) };
        let given = value.as_f64().filter(|number| number.fract() == 0.0);
        let fits = |number: &f64| (f64::from(*range.start())..=f64::from(*range.end())).contains(number);
        match given.filter(fits) {
            Some(number) => Ok(Some(number as u32)),
            None => Err(self.wrong(name, &format!("must be a whole number from {} to {}", range.start(), range.end()))),
        }
    }

    /// The ends of an interval. With one end given, the other gives way to it.
    pub fn interval(&mut self, name: &'static str, default: Interval) -> Result<Interval> {
        let Some(mut ends) = self.object(name)? else { return Ok(default) };
        let (min, max) = (ends.duration("min", None)?, ends.duration("max", None)?);
        ends.refuse_others()?;
        let interval = Interval {
            min: min.unwrap_or(max.map_or(default.min, |max| default.min.min(max))),
            max: max.unwrap_or(min.map_or(default.max, |min| default.max.max(min))),
        };
        match interval.min <= interval.max {
            true => Ok(interval),
            false => Err(invalid(&format!("{name}.min must not exceed {name}.max"))),
        }
    }

    /// One of a few things, by its name.
    pub fn word<T: Copy>(
        &mut self,
        name: &'static str,
        all: &[T],
        name_of: fn(T) -> &'static str,
    ) -> Result<Option<T>> {
        let Some(value) = self.any(name)? else { return Ok(None) };
        let given = value.as_string();
        match all.iter().find(|item| given.as_deref() == Some(name_of(**item))) {
            Some(item) => Ok(Some(*item)),
            None => {
                let names: Vec<&str> = all.iter().map(|item| name_of(*item)).collect();
                Err(self.wrong(name, &format!("must be one of {}", names.join(", "))))
            }
        }
    }

    /// A string that must be there, and not be empty.
    pub fn text(&mut self, name: &'static str) -> Result<String> {
        let text = self.any(name)?.and_then(|value| value.as_string()).filter(|text| !text.is_empty());
        text.ok_or_else(|| self.wrong(name, "must be a string with something in it"))
    }

    /// Any string.
    pub fn text_if_any(&mut self, name: &'static str) -> Result<Option<String>> {
        let given = self.any(name)?;
        given.map(|value| value.as_string().ok_or_else(|| self.wrong(name, "must be a string"))).transpose()
    }

    /// An array of such strings, if there is one.
    pub fn texts_if_any(&mut self, name: &'static str) -> Result<Option<Vec<String>>> {
        match self.any(name)? {
            None => Ok(None),
            Some(_) => self.texts(name).map(Some),
        }
    }

    /// An array of strings with something in them.
    pub fn texts(&mut self, name: &'static str) -> Result<Vec<String>> {
        let given = self.any(name)?.filter(|value| is_array(value).unwrap_or(false));
        let Some(array) = given.map(JsCast::unchecked_into::<Array>) else {
            return Err(self.wrong(name, "must be an array of strings"));
        };
        let text = |place| Reflect::get_u32(&array, place).ok()?.as_string().filter(|text: &String| !text.is_empty());
        let texts: Option<Vec<String>> = (0..array.length()).map(text).collect();
        texts.ok_or_else(|| self.wrong(name, "must have strings with something in them"))
    }

    /// An absolute URL of one of the schemes, given as text or as a `URL`.
    pub fn url(&mut self, name: &'static str, schemes: [&str; 2]) -> Result<Option<Url>> {
        let Some(value) = self.any(name)? else { return Ok(None) };
        let url = text_of(&value).and_then(|text| Url::new(&text));
        let url = url.map_err(|_| self.wrong(name, "must be an absolute URL"))?;
        if !schemes.contains(&url.protocol().as_str()) {
            return Err(self.wrong(name, &format!("must begin with {}// or {}//", schemes[0], schemes[1])));
        }
        if !url.username().is_empty() || !url.password().is_empty() {
            return Err(self.wrong(name, "must not carry a user name or password; use `token`"));
        }
        Ok(Some(url))
    }

    /// Takes these for read: somebody else reads them.
    pub fn know(&mut self, names: &[&'static str]) {
        self.read.extend(names);
    }

    /// To be called when all that are known have been read.
    pub fn refuse_others(self) -> Result<()> {
        let names = keys_of(&self.object).map_err(|_| invalid("the options cannot be read"))?;
        let unknown = names.iter().filter_map(|name| name.as_string()).find(|name| !self.read.contains(&name.as_str()));
        match unknown {
            None => Ok(()),
            Some(name) => Err(invalid(&format!("`{}{name}` is no option", self.path))),
        }
    }

    fn wrong(&self, name: &str, why: &str) -> JsValue {
        invalid(&format!("`{}{name}` {why}", self.path))
    }
}
