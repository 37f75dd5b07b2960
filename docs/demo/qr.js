const drawQr = () => null;
