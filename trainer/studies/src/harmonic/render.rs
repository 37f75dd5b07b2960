//! Pictures of runs: a scatter, an animation, a contact sheet.

use super::canvas::{Canvas, LINE};
use super::history::{History, Moment};
use super::simulation::{Particle, Setup};
use super::{RADIUS, STEP};
use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, DynamicImage, Frame};

/// The square of the plane that is shown reaches this far from the centre; the fastest particles leave it.
const VIEW: f64 = 4.75;
/// Side of a panel, in pixels.
const SIDE: u32 = 320;
/// What a particle leaves of a pixel's brightness, in 256ths: ten or more on one pixel are black to the eye.
const KEEP: u8 = 160;
/// An animation has about this many pictures.
const PICTURES: u32 = 100;
/// Milliseconds that each of them is shown.
const SHOWN: u32 = 60;

/// The particles as dots, and a circle where they started.
pub fn scatter(particles: &[Particle]) -> Canvas {
    let mut canvas = Canvas::new(SIDE, SIDE);
    let scale = f64::from(SIDE) / (2.0 * VIEW);
    let centre = SIDE as i32 / 2;
    canvas.circle((centre, centre), (RADIUS * scale) as u32);
    for particle in particles {
        let [x, y] = particle.position;
        // The y axis points up. A cast to an integer never fails: the farthest particle lands on the farthest pixel.
        let (x, y) = (((x + VIEW) * scale) as i64, ((VIEW - y) * scale) as i64);
        for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            canvas.darken(x.saturating_add(dx), y.saturating_add(dy), KEEP);
        }
    }
    canvas
}

/// The last frame of a run, its order below, and in brackets what chance exceeds one time in twenty.
pub fn panel(history: &History) -> Canvas {
    let Moment {
        orders, control, ..
    } = history.last();
    let mut canvas = Canvas::new(SIDE, SIDE + 2 * LINE);
    canvas.paste(&scatter(&history.outcome), 0, 0);
    let (centre, below) = (SIDE as i32 / 2, SIDE as i32);
    canvas.text(centre, below, &caption(&history.setup));
    let order = format!(
        "radial {:.3} ({:.3}), angular {:.3} ({:.3})",
        orders.radial, control.radial, orders.angular, control.angular
    );
    canvas.text(centre, below + LINE as i32, &order);
    canvas
}

/// What was run, in a few words.
fn caption(setup: &Setup) -> String {
    match setup.bits {
        53 => format!("{}, 53 bits", setup.ratio),
        bits => format!("{}, {bits} bits, {}", setup.ratio, setup.rounding),
    }
}

/// The panels of several runs, `columns` a row.
pub fn contact_sheet(histories: &[History], columns: usize) -> Canvas {
    let (width, height) = (SIDE, SIDE + 2 * LINE + LINE / 2);
    let rows = histories.len().div_ceil(columns) as u32;
    let mut sheet = Canvas::new(width * columns as u32, height * rows);
    for (i, history) in histories.iter().enumerate() {
        let (column, row) = ((i % columns) as u32, (i / columns) as u32);
        sheet.paste(&panel(history), column * width, row * height);
    }
    sheet
}

/// A GIF in the making; it is complete when this is dropped.
pub struct Animation<'a> {
    encoder: GifEncoder<&'a mut Vec<u8>>,
    /// Frames from one picture to the next.
    every: u32,
    setup: Setup,
}

impl<'a> Animation<'a> {
    /// The animation of a run, written to `file`.
    pub fn new(setup: &Setup, file: &'a mut Vec<u8>) -> Self {
        let mut encoder = GifEncoder::new(file);
        encoder
            .set_repeat(Repeat::Infinite)
            .expect("an animation is written to memory");
        Self {
            encoder,
            every: setup.frames.div_ceil(PICTURES),
            setup: *setup,
        }
    }

    /// Adds a frame, if it is one of those that are shown: evenly spaced, the last among them.
    pub fn add(&mut self, frame: u32, particles: &[Particle]) {
        if !(self.setup.frames - frame).is_multiple_of(self.every) {
            return;
        }
        let mut canvas = scatter(particles);
        let time = f64::from(frame) * STEP;
        let caption = format!("{}   t = {time:.2}", caption(&self.setup));
        canvas.text(SIDE as i32 / 2, (SIDE - LINE) as i32, &caption);
        let picture = DynamicImage::from(canvas.image().clone()).into_rgba8();
        let delay = Delay::from_numer_denom_ms(SHOWN, 1);
        self.encoder
            .encode_frame(Frame::from_parts(picture, 0, 0, delay))
            .expect("an animation is written to memory");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::AnimationDecoder;
    use image::codecs::gif::GifDecoder;
    use std::io::Cursor;

    fn setup() -> Setup {
        Setup {
            particles: 300,
            frames: 250,
            ..Setup::new("1:8".parse().unwrap(), 1)
        }
    }

    #[test]
    fn a_particle_is_a_dot_where_it_is() {
        let particle = |x, y| Particle {
            position: [x, y],
            velocity: [0.0; 2],
        };
        let canvas = scatter(&[particle(4.0, -4.0), particle(1e300, f64::MAX)]);
        let dark: Vec<_> = canvas
            .image()
            .enumerate_pixels()
            .filter(|(.., grey)| grey[0] < 0xd0)
            .map(|(x, y, _)| (x, y))
            .collect();
        // 33.7 pixels a unit, the centre at 160.
        assert_eq!(dark, [(294, 294), (295, 294), (294, 295), (295, 295)]);
    }

    #[test]
    fn an_animation_has_about_a_hundred_pictures_and_ends_with_the_last_frame() {
        let setup = setup();
        let mut file = Vec::new();
        let mut animation = Animation::new(&setup, &mut file);
        let mut last = None;
        setup
            .run(|frame, particles| {
                animation.add(frame, particles);
                last = Some(scatter(particles));
            })
            .unwrap();
        drop(animation);
        let pictures = GifDecoder::new(Cursor::new(file))
            .unwrap()
            .into_frames()
            .collect_frames()
            .unwrap();
        assert_eq!(pictures.len(), 84);
        let shown = pictures[83].buffer();
        for (x, y, grey) in last.unwrap().image().enumerate_pixels() {
            if y < SIDE - LINE {
                assert_eq!(shown.get_pixel(x, y)[0], grey[0], "{x} {y}");
            }
        }
    }

    #[test]
    fn a_contact_sheet_holds_every_panel() {
        let history = History::record(&setup(), |_, _| {}).unwrap();
        let sheet = contact_sheet(&[history.clone(), history.clone(), history.clone()], 2);
        let panel = panel(&history);
        for (column, row) in [(0, 0), (1, 0), (0, 1)] {
            let height = sheet.image().height() / 2;
            let (left, top) = (column * SIDE, row * height);
            for (x, y, grey) in panel.image().enumerate_pixels() {
                assert_eq!(sheet.image().get_pixel(left + x, top + y), grey);
            }
        }
    }
}
