/** What the extender is measured against: a bare Fastify route that parses a body and answers the same. Prints its address. */

import Fastify from "fastify";

const app = Fastify({ bodyLimit: 2 ** 28 });
app.post("/echo", async (request) => request.body);
const url = await app.listen({ host: "127.0.0.1", port: 0 });
process.stdout.write(`${JSON.stringify({ url })}\n`);
