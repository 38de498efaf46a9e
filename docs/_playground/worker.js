// Python, away from the page: it may take its time without the page standing still.
import { loadPyodide } from "./pyodide.mjs";

let answer, shared;
let done = 0;

// Every byte that is loaded is told, whoever asks for it.
const fetched = self.fetch.bind(self);
self.fetch = async (...asked) => {
  let response;
  try {
    response = await fetched(...asked);
    if (!response.ok) throw new Error(response.status);
  } catch (error) { // told here: Python that lacks a part would wait for it without end
    const name = String(asked[0]?.url ?? asked[0]).split("/").pop();
    self.postMessage({ lost: `${name}: ${error.message}` });
    throw error;
  }
  const counted = response.body.pipeThrough(new TransformStream({
    transform(chunk, through) {
      done += chunk.byteLength;
      self.postMessage({ done });
      through.enqueue(chunk);
    },
  }));
  return new Response(counted, { status: response.status, headers: response.headers });
};

async function bytes(name) {
  return (await self.fetch(name)).arrayBuffer();
}

async function start() {
  const packages = bytes("packages.zip");
  const source = bytes("play.py");
  const python = await loadPyodide({
    indexURL: new URL("./", self.location.href).href,
    lockFileContents: {
      info: { abi_version: "2026_0", arch: "wasm32", platform: "emscripten_5_0_3", python: "3.14.2", version: "0" },
      packages: {},
    },
    packageBaseUrl: new URL("./", self.location.href).href,
    env: { HOME: "/home/pyodide", PYTHONHASHSEED: "0" },
  });
  self.postMessage({ starting: true });
  const folder = python.runPython("import sysconfig; sysconfig.get_paths()['purelib']");
  python.unpackArchive(await packages, "zip", { extractDir: folder });
  python.FS.writeFile(`${folder}/play.py`, new Uint8Array(await source));
  const play = python.pyimport("play");
  answer = play.answer;
  shared = play.shared;
}

const started = start();

self.onmessage = async ({ data }) => {
  try {
    await started;
    const made = data.ask === "start" ? "" : data.ask === "answer"
      ? answer(data.checkout, data.rulebook, data.locale)
      : shared(data.checkout, data.rulebook);
    self.postMessage({ id: data.id, made });
  } catch (error) {
    self.postMessage({ id: data.id, error: String(error.message ?? error).trim().split("\n").pop() });
  }
};
