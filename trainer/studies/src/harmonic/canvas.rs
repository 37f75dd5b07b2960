//! Grey pictures with a bitmap font: no font of the system is needed.

use embedded_graphics::Drawable;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::ascii::FONT_7X13;
use embedded_graphics::pixelcolor::{Gray8, GrayColor};
use embedded_graphics::prelude::Pixel;
use embedded_graphics::primitives::{Circle, Primitive, PrimitiveStyle};
use embedded_graphics::text::{Alignment, Baseline, Text};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, GrayImage, ImageEncoder, Luma};
use std::convert::Infallible;

/// Height of a line of text, in pixels.
pub const LINE: u32 = 16;
/// Grey of lines that only help the eye.
const FAINT: Gray8 = Gray8::new(0xd0);

/// A picture, white at first.
#[derive(Clone, PartialEq, Debug)]
pub struct Canvas {
    image: GrayImage,
}

impl Canvas {
    /// A white picture, in pixels.
    pub fn new(width: u32, height: u32) -> Self {
        Self {
            image: GrayImage::from_pixel(width, height, Luma([0xff])),
        }
    }

    /// Its pixels.
    pub fn image(&self) -> &GrayImage {
        &self.image
    }

    /// Multiplies a pixel's brightness by `keep / 256`; pixels outside do not matter.
    pub fn darken(&mut self, x: i64, y: i64, keep: u8) {
        let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else {
            return;
        };
        if let Some(Luma([grey])) = self.image.get_pixel_mut_checked(x, y) {
            *grey = ((u16::from(*grey) * u16::from(keep)) >> 8) as u8;
        }
    }

    /// A thin circle.
    pub fn circle(&mut self, centre: (i32, i32), radius: u32) {
        let circle = Circle::with_center(Point::new(centre.0, centre.1), 2 * radius + 1)
            .into_styled(PrimitiveStyle::with_stroke(FAINT, 1));
        let Ok(()) = circle.draw(self);
    }

    /// A line of ASCII text, its top at `y`, centred on `x`.
    pub fn text(&mut self, x: i32, y: i32, text: &str) {
        let style = MonoTextStyle::new(&FONT_7X13, Gray8::BLACK);
        let mut line = Text::with_alignment(text, Point::new(x, y), style, Alignment::Center);
        line.text_style.baseline = Baseline::Top;
        let Ok(_) = line.draw(self);
    }

    /// Puts `other` with its left upper corner at `(x, y)`.
    pub fn paste(&mut self, other: &Self, x: u32, y: u32) {
        image::imageops::replace(&mut self.image, &other.image, x.into(), y.into());
    }

    /// The picture as a PNG file.
    pub fn png(&self) -> Vec<u8> {
        let mut file = Vec::new();
        // Scattered dots have no gradient that a filter could follow.
        PngEncoder::new_with_quality(&mut file, CompressionType::Best, FilterType::NoFilter)
            .write_image(
                &self.image,
                self.image.width(),
                self.image.height(),
                ExtendedColorType::L8,
            )
            .expect("a picture in memory is written to memory");
        file
    }
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(self.image.width(), self.image.height())
    }
}

impl DrawTarget for Canvas {
    type Color = Gray8;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Pixel<Gray8>>,
    {
        for Pixel(Point { x, y }, color) in pixels {
            let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else {
                continue;
            };
            if let Some(Luma([grey])) = self.image.get_pixel_mut_checked(x, y) {
                *grey = color.luma();
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ink_adds_up_and_stays_inside() {
        let mut canvas = Canvas::new(4, 3);
        for (x, y) in [
            (1, 2),
            (1, 2),
            (3, 0),
            (-1, 0),
            (4, 0),
            (0, 3),
            (i64::MAX, 0),
        ] {
            canvas.darken(x, y, 128);
        }
        let grey = |x, y| canvas.image().get_pixel(x, y)[0];
        assert_eq!([grey(1, 2), grey(3, 0), grey(0, 0)], [63, 127, 255]);
    }

    #[test]
    fn text_is_drawn_without_a_font_of_the_system() {
        let mut canvas = Canvas::new(60, LINE);
        canvas.text(30, 0, "16:8");
        let black = canvas.image().pixels().filter(|p| p[0] == 0).count();
        assert!((20..200).contains(&black), "{black}");
    }

    #[test]
    fn a_png_reads_back() {
        let mut canvas = Canvas::new(50, 50);
        canvas.circle((25, 25), 20);
        let read = image::load_from_memory(&canvas.png()).unwrap();
        assert_eq!(&read.into_luma8(), canvas.image());
    }
}
