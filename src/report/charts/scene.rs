//! A drawing as plain data: shapes in logical pixels, painted in order. Charts build one; `render` paints it.
//!
//! Keeping the drawing as data lets SVG and PNG share every decision, and lets tests look for overlapping labels.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, ScaleFont};

/// Width of a chart, logical pixels.
pub(super) const WIDTH: f64 = 1200.0;
/// Height of a chart, logical pixels.
pub(super) const HEIGHT: f64 = 720.0;

/// The embedded fonts, so that charts look the same on every machine. See `assets/fonts/LICENSE`.
pub(super) struct Fonts {
    regular: FontRef<'static>,
    bold: FontRef<'static>,
}

/// The embedded font files are part of the program, so that failing to read them is our bug and cannot depend on input.
pub(super) static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    let read = |bytes: &'static [u8]| FontRef::try_from_slice(bytes).expect("embedded font is valid");
    Fonts {
        regular: read(include_bytes!("../../../assets/fonts/DejaVuSans.ttf")),
        bold: read(include_bytes!("../../../assets/fonts/DejaVuSans-Bold.ttf")),
    }
});

impl Fonts {
    pub(super) fn get(&self, bold: bool) -> &FontRef<'static> {
        if bold { &self.bold } else { &self.regular }
    }
}

/// `ab_glyph` measures fonts by line height; charts, like style sheets, by the em.
pub(super) fn line_height_scale(font: &FontRef<'_>, em: f64) -> f32 {
    let units = font.units_per_em().unwrap_or(2048.0);
    em as f32 * font.height_unscaled() / units
}

/// Width of a text, logical pixels.
pub(super) fn text_width(text: &str, size: f64, bold: bool) -> f64 {
    let font = FONTS.get(bold);
    let scaled = font.as_scaled(line_height_scale(font, size));
    let advance = |sign: char| f64::from(scaled.h_advance(scaled.glyph_id(sign)));
    text.chars().map(advance).sum()
}

/// The text, or its beginning and end around an ellipsis if it is wider than `width`.
///
/// The middle is dropped because related names share their beginnings and differ in their ends.
pub(super) fn fit_text(text: &str, size: f64, width: f64) -> String {
    if text_width(text, size, false) <= width {
        return text.to_owned();
    }
    let signs: Vec<char> = text.chars().collect();
    for kept in (2..signs.len()).rev() {
        let head = kept - kept / 2;
        let mut short: String = signs[..head].iter().collect();
        short.push('…');
        short.extend(&signs[signs.len() - kept / 2..]);
        if text_width(&short, size, false) <= width {
            return short;
        }
    }
    "…".to_owned()
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Colour {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
    /// 0 is invisible, 1 covers what lies below.
    pub alpha: f64,
}

impl Colour {
    pub(super) const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue, alpha: 1.0 }
    }

    pub(super) const fn with_alpha(self, alpha: f64) -> Self {
        Self { alpha, ..self }
    }

    /// Darkened until it is readable as text on white.
    pub(super) fn for_text(self) -> Self {
        let luminance = 0.2126 * f64::from(self.red) + 0.7152 * f64::from(self.green) + 0.0722 * f64::from(self.blue);
        let factor = if luminance > 105.0 { 105.0 / luminance } else { 1.0 };
        let darker = |channel: u8| (f64::from(channel) * factor) as u8;
        Self { red: darker(self.red), green: darker(self.green), blue: darker(self.blue), alpha: 1.0 }
    }
}

/// Which point of a text its position names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Face {
    /// Em, logical pixels.
    pub size: f64,
    pub colour: Colour,
    pub bold: bool,
    pub anchor: Anchor,
}

impl Face {
    pub(super) const fn new(size: f64, colour: Colour) -> Self {
        Self { size, colour, bold: false, anchor: Anchor::Start }
    }

    pub(super) const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub(super) const fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub(super) const fn coloured(self, colour: Colour) -> Self {
        Self { colour, ..self }
    }
}

pub(super) type Point = (f64, f64);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    /// An open line through the points.
    Line { points: Vec<Point>, colour: Colour, width: f64 },
    /// A filled polygon.
    Area { points: Vec<Point>, colour: Colour },
    /// A filled rectangle.
    Block { left: f64, top: f64, right: f64, bottom: f64, colour: Colour },
    /// A disc; a hollow one has a white middle.
    Dot { centre: Point, radius: f64, colour: Colour, hollow: bool },
    /// A text, vertically centred on the point.
    Text { at: Point, text: String, face: Face },
}

/// A drawing under construction.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Scene {
    pub title: String,
    pub shapes: Vec<Shape>,
}

impl Scene {
    pub(super) fn line(&mut self, points: Vec<Point>, colour: Colour, width: f64) {
        if points.len() > 1 {
            self.shapes.push(Shape::Line { points, colour, width });
        }
    }

    pub(super) fn area(&mut self, points: Vec<Point>, colour: Colour) {
        if points.len() > 2 {
            self.shapes.push(Shape::Area { points, colour });
        }
    }

    /// A rectangle between two corners, given in any order.
    pub(super) fn block(&mut self, from: Point, to: Point, colour: Colour) {
        self.shapes.push(Shape::Block {
            left: from.0.min(to.0),
            top: from.1.min(to.1),
            right: from.0.max(to.0),
            bottom: from.1.max(to.1),
            colour,
        });
    }

    pub(super) fn dot(&mut self, centre: Point, radius: f64, colour: Colour, hollow: bool) {
        self.shapes.push(Shape::Dot { centre, radius, colour, hollow });
    }

    pub(super) fn text(&mut self, at: Point, text: impl Into<String>, face: Face) {
        let text = text.into();
        if !text.is_empty() {
            self.shapes.push(Shape::Text { at, text, face });
        }
    }

    /// An interval from `low` to `high` at one height, with end strokes.
    pub(super) fn whisker(&mut self, low: f64, high: f64, middle: f64, colour: Colour) {
        self.line(vec![(low, middle), (high, middle)], colour, 1.5);
        for end in [low, high] {
            self.line(vec![(end, middle - 4.0), (end, middle + 4.0)], colour, 1.5);
        }
    }

    /// An upright interval from `low` to `high`, with end strokes.
    pub(super) fn upright_whisker(&mut self, low: f64, high: f64, middle: f64, colour: Colour) {
        self.line(vec![(middle, low), (middle, high)], colour, 1.5);
        for end in [low, high] {
            self.line(vec![(middle - 4.0, end), (middle + 4.0, end)], colour, 1.5);
        }
    }
}

/// The box a text covers: left, top, right, bottom.
#[cfg(test)]
pub(super) fn text_box(at: Point, text: &str, face: Face) -> (f64, f64, f64, f64) {
    let width = text_width(text, face.size, face.bold);
    let left = match face.anchor {
        Anchor::Start => at.0,
        Anchor::Middle => at.0 - width / 2.0,
        Anchor::End => at.0 - width,
    };
    // Capitals and descenders reach less than half an em from the middle line.
    let half = face.size * 0.45;
    (left, at.1 - half, left + width, at.1 + half)
}
