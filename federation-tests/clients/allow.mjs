// `node allow.mjs NAME ADDRESS`: the member opens the address that a program gave and allows it; prints the code.
import { personAt } from "./person.mjs";

const [name, address] = process.argv.slice(2);
console.log(await personAt(new URL(address).origin, name).allows(address));
