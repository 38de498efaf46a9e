// Medusa's promotion actions and cart totals on carts that come by standard input, one JSON document a line:
// {"name", "cart", "promotions"} loads a cart, {"run", "calls"} settles it so often and answers with the CPU time.
// The promotion module's own computeActions runs whole; only its reading of promotions is answered from memory.
"use strict";

const readline = require("node:readline");
const { createRequire } = require("node:module");

const installed = createRequire(`${process.argv[2]}/`);
const { default: PromotionModule } = installed("@medusajs/promotion/dist/services/promotion-module.js");
const { decorateCartTotals } = installed("@medusajs/utils");

const loaded = new Map();

function serviceOf(promotions) {
  const service = Object.create(PromotionModule.prototype);
  service.baseRepository_ = { getFreshManager: () => ({}) };
  service.listActivePromotions_ = async () => promotions;
  return service;
}

async function settle(service, codes, cart) {
  const actions = await service.computeActions(codes, cart, { prevent_auto_promotions: true });
  const items = new Map(cart.items.map((item) => [item.id, item]));
  for (const action of actions) {
    items.get(action.item_id).adjustments.push({ amount: action.amount, code: action.code });
  }
  return decorateCartTotals(cart);
}

async function answer(request) {
  if (request.name !== undefined) {
    const codes = request.promotions.map((promotion) => promotion.code);
    loaded.set(request.name, { codes, service: serviceOf(request.promotions), text: JSON.stringify(request.cart) });
    return { loaded: request.name };
  }
  const { codes, service, text } = loaded.get(request.run);
  const carts = Array.from({ length: request.calls }, () => JSON.parse(text));
  let last;
  const begun = process.cpuUsage();
  for (const cart of carts) {
    last = await settle(service, codes, cart);
  }
  const { user, system } = process.cpuUsage(begun);
  return { seconds: (user + system) / 1e6, total: Number(last.total) };
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await answer(JSON.parse(line))));
  }
})();
