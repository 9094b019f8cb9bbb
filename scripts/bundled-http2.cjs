// What the bundle has of `node:http2`: nothing. undici asks for it when it is loaded, which takes 5 ms, and uses it only with
// `allowH2`, which sluice does not set.
module.exports = { constants: {} };
