import { expect, it } from "vitest";
import { signatureOf } from "./signature.ts";

const bytes = (text: string) => Uint8Array.from(text, (one) => one.charCodeAt(0));

it("names files by their first bytes", () => {
  const found = [
    "\x89PNG\r\n",
    "\xff\xd8\xff\xe0",
    "GIF89a",
    "ID3\x04",
    "OggS\0",
    "RIFF\x24\0\0\0WAVE",
    "%PDF-1.7",
    "PK\x03\x04",
  ];
  expect(found.map((start) => signatureOf(bytes(start))?.is)).toEqual([
    "a PNG picture",
    "a JPEG picture",
    "a GIF picture",
    "an MP3 recording",
    "an Ogg recording",
    "a WAV recording or a WebP picture",
    "a PDF document",
    "a zip archive",
  ]);
});

it("takes a text that begins with the letters of a format for a text", () => {
  for (const text of ["ID3 tags", "RIFF is a container", "GIF87 was first", "PKZIP", "%PDF reader", "OggSpeex", ""])
    expect(signatureOf(bytes(text)), text).toBeUndefined();
});
