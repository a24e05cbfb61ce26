// A document of its own for each part of a benchmark: nothing that ran before has loaded, compiled or taught it anything.

/** Opens `/NAME.html` in a frame, hands it `task` and resolves with what it makes of it. */
export function inFrame(name, task) {
  const frame = document.createElement('iframe');
  frame.src = `/${name}.html`;
  document.body.append(frame);
  return new Promise((resolve, reject) => {
    window.onmessage = ({ data: { result, error } }) => {
      frame.remove();
      if (error === undefined) resolve(result);
      else reject(new Error(error));
    };
    frame.onload = () => frame.contentWindow.postMessage(task);
  });
}

/** In the frame: does the task. */
export function work(does) {
  const fail = error => parent.postMessage({ error: String(error.stack ?? error) });
  // A call that fails before its frame is sent: the benchmark waits for that frame.
  window.onunhandledrejection = ({ reason }) => fail(reason);
  window.onmessage = async ({ data }) => {
    try {
      parent.postMessage({ result: await does(data) });
    } catch (error) {
      fail(error);
    }
  };
}
