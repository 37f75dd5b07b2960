//! The serial line over the Pico 2's own USB: a device of the class CDC-ACM, which PCs know without a driver.
//!
//! An interrupt of its own serves USB, so that a program that computes or waits does not hold it up. Two pipes join them.

use common::port::{Port, Received};
use core::fmt::{self, Write};
use core::sync::atomic::{AtomicBool, Ordering};
use cortex_m::asm::{sev, wfe};
use embassy_executor::InterruptExecutor;
use embassy_futures::join::join4;
use embassy_rp::Peri;
use embassy_rp::bind_interrupts;
use embassy_rp::interrupt;
use embassy_rp::interrupt::{InterruptExt, Priority};
use embassy_rp::peripherals::USB;
use embassy_rp::usb::{Driver, InterruptHandler};
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::pipe::Pipe;
use embassy_usb::class::cdc_acm::{CdcAcmClass, ControlChanged, Receiver, Sender, State};
use embassy_usb::{Builder, Config};

/// The largest packet of a full-speed device.
const PACKET: u16 = 64;
/// Text is sent in shorter packets: behind a full one a PC waits for the rest.
const SHORT: usize = 63;
/// For tests and private use: a product that is sold needs ids of its own, see <https://pid.codes>.
const IDS: (u16, u16) = (0x1209, 0x0001);

type Text = Pipe<CriticalSectionRawMutex, 256>;
static TO_HOST: Text = Pipe::new();
static FROM_HOST: Text = Pipe::new();
/// Whether a terminal has the line open.
static OPEN: AtomicBool = AtomicBool::new(false);

static EXECUTOR: InterruptExecutor = InterruptExecutor::new();

bind_interrupts!(struct Interrupts {
    USBCTRL_IRQ => InterruptHandler<USB>;
});

/// An interrupt that no part of the chip raises: the executor does.
#[interrupt]
unsafe fn SWI_IRQ_0() {
    // SAFETY: called here alone; the interrupt is unmasked by the executor's start.
    unsafe { EXECUTOR.on_interrupt() }
}

/// The serial line.
pub struct Serial(());

impl Serial {
    /// Starts to serve USB and waits until a terminal opens the line: what is written before is seen by nobody.
    ///
    /// # Panics
    /// The second time.
    pub fn new(usb: Peri<'static, USB>) -> Self {
        interrupt::SWI_IRQ_0.set_priority(Priority::P3);
        let spawner = EXECUTOR.start(interrupt::SWI_IRQ_0);
        match serve(usb) {
            Ok(task) => spawner.spawn(task),
            Err(_) => panic!("USB is served already"),
        }
        while !OPEN.load(Ordering::Relaxed) {
            wfe();
        }
        Self(())
    }
}

impl Write for Serial {
    /// Waits while the PC takes nothing. Without a terminal the text is dropped.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text.as_bytes();
        while !rest.is_empty() && OPEN.load(Ordering::Relaxed) {
            match TO_HOST.try_write(rest) {
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(_) => wfe(),
            }
        }
        Ok(())
    }
}

impl Port for Serial {
    fn receive(&mut self) -> Received {
        let mut byte = [0];
        while FROM_HOST.try_read(&mut byte).is_err() {
            wfe();
        }
        Received::Byte(byte[0])
    }
}

/// What a panic says to the terminal, if there is one. The interrupt goes on to serve USB.
pub(crate) fn last_words(info: &core::panic::PanicInfo<'_>) {
    let _ = writeln!(Serial(()), "{info}");
}

#[embassy_executor::task]
async fn serve(usb: Peri<'static, USB>) {
    let mut config = Config::new(IDS.0, IDS.1);
    config.manufacturer = Some("Autarky");
    config.product = Some("Autarky on a Pico 2");
    let mut state = State::new();
    let (mut descriptor, mut bos_descriptor, mut control) = ([0; 256], [0; 64], [0; 64]);
    let mut builder = Builder::new(
        Driver::new(usb, Interrupts),
        config,
        &mut descriptor,
        &mut bos_descriptor,
        &mut [],
        &mut control,
    );
    let class = CdcAcmClass::new(&mut builder, &mut state, PACKET);
    let mut device = builder.build();
    let (sender, receiver, control) = class.split_with_control();
    join4(
        device.run(),
        send(sender),
        receive(receiver),
        watch(control),
    )
    .await;
}

async fn send<'d>(mut sender: Sender<'d, Driver<'d, USB>>) {
    let mut packet = [0; SHORT];
    loop {
        let length = TO_HOST.read(&mut packet).await;
        // The program may wait for room.
        sev();
        sender.wait_connection().await;
        // What a cable that was pulled has lost is lost.
        let _ = sender
            .write_packet(packet.get(..length).unwrap_or_default())
            .await;
    }
}

async fn receive<'d>(mut receiver: Receiver<'d, Driver<'d, USB>>) {
    let mut packet = [0; PACKET as usize];
    loop {
        receiver.wait_connection().await;
        while let Ok(length) = receiver.read_packet(&mut packet).await {
            // A full pipe makes the PC wait: no byte is lost.
            let mut rest = packet.get(..length).unwrap_or_default();
            while !rest.is_empty() {
                let taken = FROM_HOST.write(rest).await;
                rest = rest.get(taken..).unwrap_or_default();
                // The program may wait for a byte.
                sev();
            }
        }
    }
}

async fn watch(control: ControlChanged<'_>) {
    loop {
        control.control_changed().await;
        OPEN.store(control.dtr(), Ordering::Relaxed);
        sev();
    }
}
