// Reading QR codes off a camera: the module comes at the first picture.

import type * as bindings from "#camera";
import { table } from "#camera";

import { bytes, record } from "./argument.js";
import { Loaded } from "./module.js";

type Camera = typeof bindings;

const camera = new Loaded<Camera>("camera", () => Promise.resolve({ table }));

/** A picture, RGBA row after row: an `ImageData` is one. */
export interface Picture {
  readonly data: Uint8Array | Uint8ClampedArray;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/**
 * The text of a QR code on a picture; `undefined` where none is found. A camera shows another
 * picture soon: call it again.
 *
 * @throws YinxinError `picture_too_large` for more than 16 million pixels, `wrong_length` where the
 * octets are not width times height times four.
 */
export async function readCode(picture: Picture): Promise<string | undefined> {
  record(picture, "picture");
  const { data, width, height } = picture;
  const rgba =
    data instanceof Uint8ClampedArray
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : bytes(data, "picture.data");
  return camera.run((wasm) => wasm.readCode(rgba, width, height));
}

/** How a camera is looked through. */
export interface LookOptions {
  /** Ends it, and turns the camera off. */
  readonly signal?: AbortSignal;
  /** Which camera; the one at the back if absent. */
  readonly constraints?: MediaTrackConstraints;
}

/** Pixels of the longer side of pictures that are looked at: enough for any code on a screen. */
const SIDE = 800;
/** Milliseconds between two pictures. */
const PAUSE = 120;

/**
 * Shows the camera in a video element until a code is read, gives its text, and turns the camera
 * off.
 *
 * @throws DOMException `NotAllowedError`, `NotFoundError` of `getUserMedia`: offer the short code;
 * the signal's reason.
 */
export async function lookForCode(
  video: HTMLVideoElement,
  options: LookOptions = {},
): Promise<string> {
  const { signal, constraints } = options;
  signal?.throwIfAborted();
  const back = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
  const stream = await navigator.mediaDevices.getUserMedia({ video: constraints ?? back });
  try {
    signal?.throwIfAborted();
    video.muted = true;
    video.playsInline = true;
    video.srcObject = stream;
    await video.play();
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    for (;;) {
      signal?.throwIfAborted();
      const { videoWidth, videoHeight } = video;
      if (context && videoWidth > 0) {
        const scale = Math.min(1, SIDE / Math.max(videoWidth, videoHeight));
        canvas.width = Math.round(videoWidth * scale);
        canvas.height = Math.round(videoHeight * scale);
        context.drawImage(video, 0, 0, canvas.width, canvas.height);
        const text = await readCode(context.getImageData(0, 0, canvas.width, canvas.height));
        if (text !== undefined) return text;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}
