// A PC with a terminal at the chip's USB: rp2040js' host of the class CDC enumerates the device and opens the line.

import { createSetupPacket, DataDirection, SetupRecipient, SetupType, USBCDC } from 'rp2040js';

const SET_CONTROL_LINE_STATE = 0x22;
const DTR_AND_RTS = 3;
/** Of the buffer control register of endpoint 0 that receives, in the memory of the USB controller. */
const OUT_BUFFER_CONTROL = 0x84;
const ENDPOINT_BYTES = 8;
const AVAILABLE = 1 << 10;

/**
 * Plugs the chip in. `input` is typed as fast as the device takes it, `onByte` gets each byte that it sends, `finished`
 * says whether all of the input was taken.
 *
 * Three faults of rp2040js 1.4.1 are corrected:
 *
 * - Its host opens the line by a request to the device. By the class's specification (PSTN120, 6.3.12) it goes to the
 *   interface, and embassy-usb takes no other.
 * - Its host answers at once when the device is ready to receive, with an empty packet when there is nothing. A PC sends
 *   none, and a chip that is sent one every 10 us does nothing else.
 * - Its controller takes a buffer's bit AVAILABLE away when it is given. The chip's does when there is a packet in it, and
 *   embassy-rp waits for that.
 */
export function plug(chip, input, onByte) {
  const usb = chip.usbCtrl;
  const host = new USBCDC(usb);
  let typed = 0;
  let open = false;
  let ready = 0;

  const available = (endpoint, set) => {
    const register = OUT_BUFFER_CONTROL + ENDPOINT_BYTES * endpoint;
    const control = chip.usbDPRAMView.getUint32(register, true);
    chip.usbDPRAMView.setUint32(register, set ? control | AVAILABLE : control & ~AVAILABLE, true);
  };
  const type = () => {
    if (open && ready > 0 && typed < input.length) {
      const packet = input.subarray(typed, typed + ready);
      typed += packet.length;
      ready = 0;
      usb.endpointReadDone(host.outEndpoint, packet);
    }
  };
  usb.onEndpointRead = (endpoint, size) => {
    available(endpoint, true);
    if (endpoint === host.outEndpoint) {
      ready = size;
      type();
    }
  };
  const finishRead = usb.finishRead.bind(usb);
  usb.finishRead = (endpoint, packet) => {
    available(endpoint, false);
    finishRead(endpoint, packet);
  };
  host.cdcSetControlLineState = () => {
    host.initialized = true;
    usb.sendSetupPacket(
      createSetupPacket({
        dataDirection: DataDirection.HostToDevice,
        type: SetupType.Class,
        recipient: SetupRecipient.Interface,
        bRequest: SET_CONTROL_LINE_STATE,
        wValue: DTR_AND_RTS,
        wIndex: 0,
        wLength: 0,
      }),
    );
  };
  host.onDeviceConnected = () => {
    open = true;
    type();
  };
  host.onSerialData = (bytes) => bytes.forEach(onByte);
  return { finished: () => open && typed === input.length };
}
