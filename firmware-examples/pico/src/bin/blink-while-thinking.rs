//! Blinks the Pico's LED while it generates: two tasks of embassy, of which the thinking one yields between layers.
#![no_std]
#![no_main]

use common::think;
use embassy_executor::Spawner;
use embassy_futures::yield_now;
use embassy_rp::gpio::{Level, Output};
use embassy_time::{Duration, Ticker};
use pico::{Serial, engine};

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let board = embassy_rp::init(Default::default());
    let mut serial = Serial::new(board.UART0, board.PIN_0, board.PIN_1);
    let led = Output::new(board.PIN_25, Level::Low);
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
