//! Blinks the Pico's LED while it generates: two tasks of embassy, of which the thinking one yields between layers.
#![no_std]
#![no_main]

use common::generate::SAMPLING;
use core::fmt::Write;
use embassy_executor::Spawner;
use embassy_futures::yield_now;
use embassy_rp::gpio::{Level, Output};
use embassy_time::{Duration, Ticker};
use pico::{Serial, engine};
use runtime::Sampler;

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let board = embassy_rp::init(Default::default());
    let mut serial = Serial::new(board.UART0, board.PIN_0, board.PIN_1);
    let led = Output::new(board.PIN_25, Level::Low);
    match blink(led) {
        Ok(task) => spawner.spawn(task),
        Err(_) => return,
    }

    let engine = engine();
    let tokenizer = engine.model().tokenizer();
    let mut sampler = Sampler::new(SAMPLING, 7);
    let mut token = 0;
    // Token 0 and every sampled token are in the vocabulary: this goes on for ever.
    while let Ok(mut pass) = engine.start(token) {
        while pass.advance() {
            yield_now().await;
        }
        token = sampler.sample(pass.finish());
        let _ = serial.write_str(tokenizer.decode(token).unwrap_or_default());
    }
}

#[embassy_executor::task]
async fn blink(mut led: Output<'static>) {
    let mut beat = Ticker::every(Duration::from_millis(500));
    loop {
        beat.next().await;
        led.toggle();
    }
}
