//! Paints a scene with a `plotters` backend. One routine serves SVG and PNG; only text differs, because SVG keeps it as
//! text and a bitmap needs the glyphs of the embedded font.

use ab_glyph::{Font, ScaleFont, point};
use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontFamily, FontStyle, IntoFont, RGBAColor, ShapeStyle, TextStyle};

use super::super::ReportError;
use super::scene::{Anchor, Colour, FONTS, Face, HEIGHT, Point, Scene, Shape, WIDTH, line_height_scale};

/// Backends count whole pixels; drawing larger and showing smaller keeps curves smooth.
const SVG_SCALE: f64 = 4.0;
/// Pixels drawn per pixel stored, in each direction; averaging them smooths edges.
const OVERSAMPLING: usize = 3;
/// Named first so that SVG looks like PNG where the font is installed.
const FONT_FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

/// How a backend wants its text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lettering {
    AsText,
    AsPixels,
}

/// The scene as a stand-alone SVG document of 1200 x 720.
pub(super) fn svg(scene: &Scene) -> Result<String, ReportError> {
    let size = ((WIDTH * SVG_SCALE) as u32, (HEIGHT * SVG_SCALE) as u32);
    let mut text = String::new();
    {
        let mut backend = SVGBackend::with_string(&mut text, size);
        paint(&mut backend, scene, SVG_SCALE, Lettering::AsText).map_err(|reason| ReportError::encode("SVG", reason))?;
    }
    let drawn = format!("width=\"{}\" height=\"{}\"", size.0, size.1);
    let shown = format!("width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\"");
    let text = text.replacen(&drawn, &shown, 1);
    let title = format!("\">\n<title>{}</title>\n", escape(&scene.title));
    Ok(text.replacen("\">\n", &title, 1))
}

/// The scene as a PNG file of 1200 x 720.
pub(super) fn png(scene: &Scene) -> Result<Vec<u8>, ReportError> {
    let (width, height) = (WIDTH as usize, HEIGHT as usize);
    let large = (width * OVERSAMPLING, height * OVERSAMPLING);
    let mut pixels = vec![255; large.0 * large.1 * 3];
    {
        let mut backend = BitMapBackend::with_buffer(&mut pixels, (large.0 as u32, large.1 as u32));
        paint(&mut backend, scene, OVERSAMPLING as f64, Lettering::AsPixels)
            .map_err(|reason| ReportError::encode("PNG", reason))?;
    }
    let failed = |error: png::EncodingError| ReportError::encode("PNG", error);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // Charts are mostly white and repeat row by row, which plain compression handles better than the filters for photographs.
    encoder.set_filter(png::FilterType::NoFilter);
    encoder.set_compression(png::Compression::Best);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&averaged(&pixels, width, height)).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(file)
}

/// Each stored pixel is the mean of the square of pixels drawn for it.
fn averaged(pixels: &[u8], width: usize, height: usize) -> Vec<u8> {
    let row_bytes = width * OVERSAMPLING * 3;
    let mut small = Vec::with_capacity(width * height * 3);
    let mut sums = vec![0_u16; width * 3];
    for rows in pixels.chunks_exact(row_bytes * OVERSAMPLING) {
        sums.fill(0);
        for row in rows.chunks_exact(row_bytes) {
            for (column, pixel) in row.chunks_exact(3).enumerate() {
                let target = column / OVERSAMPLING * 3;
                for (channel, value) in pixel.iter().enumerate() {
                    sums[target + channel] += u16::from(*value);
                }
            }
        }
        let count = (OVERSAMPLING * OVERSAMPLING) as u16;
        small.extend(sums.iter().map(|sum| (sum / count) as u8));
    }
    small
}

fn paint<B: DrawingBackend>(backend: &mut B, scene: &Scene, scale: f64, lettering: Lettering) -> Result<(), String> {
    let pixel = |value: f64| libm::round(value * scale) as i32;
    let place = |at: &Point| (pixel(at.0), pixel(at.1));
    let white = Colour::new(255, 255, 255);
    backend.ensure_prepared().map_err(words)?;
    backend.draw_rect((0, 0), (pixel(WIDTH), pixel(HEIGHT)), &fill(white), true).map_err(words)?;
    for shape in &scene.shapes {
        match shape {
            Shape::Line { points, colour, width } => {
                let style = fill(*colour).stroke_width((width * scale).max(1.0) as u32);
                backend.draw_path(points.iter().map(place), &style).map_err(words)?;
            }
            Shape::Area { points, colour } => {
                backend.fill_polygon(points.iter().map(place), &fill(*colour)).map_err(words)?;
            }
            Shape::Block { left, top, right, bottom, colour } => {
                let (from, to) = (place(&(*left, *top)), place(&(*right, *bottom)));
                backend.draw_rect(from, to, &fill(*colour), true).map_err(words)?;
            }
            Shape::Dot { centre, radius, colour, hollow } => {
                let mut disc = |radius: f64, colour: Colour| {
                    backend.draw_circle(place(centre), pixel(radius) as u32, &fill(colour), true).map_err(words)
                };
                disc(*radius, *colour)?;
                if *hollow {
                    disc(radius - 1.8, white)?;
                }
            }
            Shape::Text { at, text, face } if lettering == Lettering::AsText => {
                backend.draw_text(text, &text_style(*face, scale), place(at)).map_err(words)?;
            }
            Shape::Text { at, text, face } => {
                draw_glyphs(backend, *at, text, *face, scale)?;
            }
        }
    }
    backend.present().map_err(words)
}

fn fill(colour: Colour) -> ShapeStyle {
    rgba(colour).filled()
}

fn rgba(colour: Colour) -> RGBAColor {
    RGBAColor(colour.red, colour.green, colour.blue, colour.alpha)
}

fn text_style(face: Face, scale: f64) -> TextStyle<'static> {
    // The SVG backend divides the size by this to get from line height to em.
    let line_height = face.size * scale * 1.24;
    let style = if face.bold { FontStyle::Bold } else { FontStyle::Normal };
    let horizontal = match face.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    (FontFamily::Name(FONT_FAMILY), line_height)
        .into_font()
        .style(style)
        .color(&rgba(face.colour))
        .pos(Pos::new(horizontal, VPos::Center))
}

/// Letters as the coverage of pixels. The baseline lies half the height of an x below the point, as in SVG.
fn draw_glyphs<B: DrawingBackend>(backend: &mut B, at: Point, text: &str, face: Face, scale: f64) -> Result<(), String> {
    const X_HEIGHT: f64 = 0.547;
    let font = FONTS.get(face.bold);
    let scaled = font.as_scaled(line_height_scale(font, face.size * scale));
    let width: f32 = text.chars().map(|sign| scaled.h_advance(scaled.glyph_id(sign))).sum();
    let start = match face.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => width / 2.0,
        Anchor::End => width,
    };
    let mut x = (at.0 * scale) as f32 - start;
    let baseline = ((at.1 + face.size * X_HEIGHT / 2.0) * scale) as f32;
    for sign in text.chars() {
        let id = scaled.glyph_id(sign);
        let glyph = id.with_scale_and_position(scaled.scale(), point(x, baseline));
        x += scaled.h_advance(id);
        let Some(outline) = font.outline_glyph(glyph) else {
            continue;
        };
        let corner = outline.px_bounds().min;
        let mut coverages = Vec::new();
        outline.draw(|column, row, coverage| coverages.push((column, row, coverage)));
        for (column, row, coverage) in coverages {
            if coverage > 0.0 {
                let position = (corner.x as i32 + column as i32, corner.y as i32 + row as i32);
                let colour = face.colour.with_alpha(face.colour.alpha * f64::from(coverage.min(1.0)));
                backend.draw_pixel(position, rgba(colour).to_backend_color()).map_err(words)?;
            }
        }
    }
    Ok(())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn words(error: impl ToString) -> String {
    error.to_string()
}
