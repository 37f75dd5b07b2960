// A PC with a terminal at the chip's USB: rp2040js' host of the class CDC enumerates the device and opens the line.

import { USBCDC } from 'rp2040js';

/**
 * Plugs the chip in. `input` is typed as fast as the device takes it, `onByte` gets each byte that it sends, `finished`
 * says whether all of the input was taken.
 *
 * A fault of rp2040js 1.4.1 is corrected: its host answers at once when the device is ready to receive, with an empty
 * packet when there is nothing. A PC sends none, and a chip that is sent one every 10 us does nothing else.
 */
export function plug(chip, input, onByte) {
  const usb = chip.usbCtrl;
  const host = new USBCDC(usb);
  let typed = 0;
  let open = false;
  let ready = 0;
  const type = () => {
    if (open && ready > 0 && typed < input.length) {
      const packet = input.subarray(typed, typed + ready);
      typed += packet.length;
      ready = 0;
      usb.endpointReadDone(host.outEndpoint, packet);
    }
  };
  usb.onEndpointRead = (endpoint, size) => {
    if (endpoint === host.outEndpoint) {
      ready = size;
      type();
    }
  };
  host.onDeviceConnected = () => {
    open = true;
    type();
  };
  host.onSerialData = (bytes) => bytes.forEach(onByte);
  return { finished: () => open && typed === input.length };
}
