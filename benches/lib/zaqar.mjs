// As much of Zaqar's WebSocket protocol as the benchmarks ask for, and as fast as can be: answers are made ahead where they
// are large.

/** Answers requests; `frames` are the recorded ones. */
export function zaqar(frames) {
  const answers = {
    queue_list: { status: 200, body: { queues: [] } },
    queue_create: { status: 204, body: frames.ack.body },
    message_list: { status: 200, body: frames.page.body },
    message_post: { status: 201, body: frames.posted20.body },
    subscription_create: { status: 201, body: { subscription_id: '5a3b2e52-3d1c-4f3c-9d0a-6f6c0d4c1f10' } },
    subscription_delete: { status: 204, body: '' },
  };
  return request => {
    const { status, body } = answers[request.action] ?? { status: 404, body: { error: 'not here' } };
    return { request, body, headers: { status } };
  };
}
