// The photo at the desk: from a camera, a file or a scan, laid by hand or keys behind a frame of 3 to 4.
//
// Without this script the form sends the file as it is, and the server takes its middle.

import { show } from "./pages.js";

const WIDTH = 600;
const HEIGHT = 800;
const STEP = 12;
const CLOSER = 1.06;
const MOST = 8;
const TILT = Math.PI / 180;

let release = () => {};

export function watchPhoto(root) {
  const start = () => {
    release();
    root.querySelectorAll("form[data-photo]").forEach(prepare);
  };
  start();
  root.addEventListener("lystok:page", start);
}

function prepare(form) {
  const part = (name) => form.querySelector(`[data-photo-${name}]`);
  const [file, stage, canvas, video] = [form.querySelector("input[type=file]"), part("stage"), part("canvas"), part("video")];
  const frame = new Frame(canvas);

  const tell = (word) => { part("trouble").textContent = word ? form.dataset[word] : ""; };
  const phase = (name) => {
    form.dataset.phase = name;
    stage.hidden = name === "none";
    if (name !== "camera") release();
  };
  const take = (source, width, height) => {
    frame.take(source, width, height);
    part("tilt").value = 0;
    phase("frame");
    canvas.focus();
  };

  async function open(chosen) {
    release();
    tell("");
    try {
      const wish = { width: { ideal: 1280 }, height: { ideal: 960 } };
      const stream = await navigator.mediaDevices.getUserMedia({ video: chosen ? { ...wish, deviceId: { exact: chosen } } : wish });
      release = () => { stream.getTracks().forEach((track) => track.stop()); video.srcObject = null; release = () => {}; };
      video.srcObject = stream;
      await video.play();
      form.dataset.phase = "camera";
      stage.hidden = false;
      await offer(stream.getVideoTracks()[0].getSettings().deviceId);
      part("shoot").focus();
    } catch {
      release();
      tell("noCamera");
    }
  }

  async function offer(used) {
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput");
    const choice = part("cameras");
    choice.hidden = cameras.length < 2;
    choice.replaceChildren(...cameras.map((camera) => new Option(camera.label, camera.deviceId, false, camera.deviceId === used)));
  }

  function shoot() {
    const still = document.createElement("canvas");
    [still.width, still.height] = [video.videoWidth, video.videoHeight];
    still.getContext("2d").drawImage(video, 0, 0);
    take(still, still.width, still.height);
  }

  file.addEventListener("change", async () => {
    tell("");
    try {
      const picture = await createImageBitmap(file.files[0]);
      take(picture, picture.width, picture.height);
    } catch {
      phase("none");
      tell("notAPhoto");
    }
  });
  form.addEventListener("submit", (event) => {
    if (form.dataset.phase !== "frame") return;
    event.preventDefault();
    canvas.toBlob(async (blob) => {
      const body = new FormData();
      body.set("csrf_token", form.querySelector("[name=csrf_token]").value);
      body.set("photo", blob, "photo.jpg");
      try {
        await show(await fetch(form.action, { method: "POST", body, credentials: "same-origin" }));
      } catch {
        tell("lost");
      }
    }, "image/jpeg", 0.92);
  });
  const acts = { camera: () => open(), shoot, again: () => open(), turn: () => frame.turn(90), closer: () => frame.zoom(CLOSER), further: () => frame.zoom(1 / CLOSER) };
  form.addEventListener("click", (event) => {
    const act = acts[event.target.closest("[data-photo-act]")?.dataset.photoAct];
    if (act) act();
  });
  part("tilt").addEventListener("input", (event) => frame.tilt(Number(event.target.value)));
  part("cameras").addEventListener("change", (event) => open(event.target.value));
  frame.watch();
  file.required = false;
  if (navigator.mediaDevices?.getUserMedia) part("tools").hidden = false;
}

/** A picture behind a frame: moved, turned and brought closer, but always filling the frame. */
class Frame {
  constructor(canvas) {
    this.canvas = canvas;
    [canvas.width, canvas.height] = [WIDTH, HEIGHT];
    this.pen = canvas.getContext("2d");
  }

  take(source, width, height) {
    Object.assign(this, { source, width, height, x: 0, y: 0, scale: 0, quarter: 0, degrees: 0 });
    this.draw();
  }

  turn(degrees) { this.quarter += degrees; this.draw(); }
  tilt(degrees) { this.degrees = degrees; this.draw(); }
  zoom(by) { this.scale *= by; this.draw(); }
  move(x, y) { this.x += x; this.y += y; this.draw(); }

  draw() {
    if (!this.source) return;
    const angle = (this.quarter + this.degrees) * TILT;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    // What the frame covers along the picture's own sides.
    const across = WIDTH * Math.abs(cos) + HEIGHT * Math.abs(sin);
    const down = WIDTH * Math.abs(sin) + HEIGHT * Math.abs(cos);
    const least = Math.max(across / this.width, down / this.height);
    this.scale = Math.min(Math.max(this.scale, least), least * MOST);
    const room = (side, covered) => Math.max((side * this.scale - covered) / 2, 0);
    const within = (value, most) => Math.min(Math.max(value, -most), most);
    const along = within(this.x * cos + this.y * sin, room(this.width, across));
    const aside = within(-this.x * sin + this.y * cos, room(this.height, down));
    [this.x, this.y] = [along * cos - aside * sin, along * sin + aside * cos];
    this.pen.setTransform(cos * this.scale, sin * this.scale, -sin * this.scale, cos * this.scale, WIDTH / 2 + this.x, HEIGHT / 2 + this.y);
    this.pen.drawImage(this.source, -this.width / 2, -this.height / 2);
  }

  watch() {
    const { canvas } = this;
    const keys = {
      ArrowLeft: () => this.move(-STEP, 0), ArrowRight: () => this.move(STEP, 0),
      ArrowUp: () => this.move(0, -STEP), ArrowDown: () => this.move(0, STEP),
      "+": () => this.zoom(CLOSER), "=": () => this.zoom(CLOSER), "-": () => this.zoom(1 / CLOSER),
    };
    canvas.addEventListener("keydown", (event) => {
      const act = event.code === "KeyR" ? () => this.turn(event.shiftKey ? -90 : 90) : keys[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      act();
    });
    canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
    canvas.addEventListener("pointermove", (event) => {
      if (!canvas.hasPointerCapture(event.pointerId)) return;
      const dots = WIDTH / canvas.clientWidth;
      this.move(event.movementX * dots, event.movementY * dots);
    });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? CLOSER : 1 / CLOSER);
    }, { passive: false });
  }
}
