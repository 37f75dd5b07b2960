//! Blinks the LED while it generates: two tasks of embassy, of which the thinking one yields between layers.
#![no_std]
#![no_main]

use common::think;
use embassy_executor::Spawner;
use embassy_futures::yield_now;
use embassy_rp::gpio::Output;
use embassy_time::{Duration, Ticker};
use pico_2::{Pico2, engine};

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let Pico2 { mut serial, led } = Pico2::take();
    match blink(led) {
        Ok(task) => spawner.spawn(task),
        Err(_) => return,
    }
    think::run(engine(), &mut serial, yield_now).await;
}

#[embassy_executor::task]
async fn blink(mut led: Output<'static>) {
    let mut beat = Ticker::every(Duration::from_millis(500));
    loop {
        beat.next().await;
        led.toggle();
    }
}
