import { createServer } from "node:http";
import { fork } from "node:child_process";
import { RestClient, fetchPage, createPaginator } from "../index.js";
const rows=Array.from({length:1000},(_,i)=>({id:i,name:"User "+i,email:`user${i}@example.com`,active:true,score:i/4,at:"2024-01-01T00:00:00Z",tags:["a","b"]}));
if (process.argv[2] === "serve") {
  let n=0;
  createServer((q,s)=>{ rows[0]!.id = ++n; s.setHeader("content-type","application/json"); s.end(JSON.stringify({data:rows,next:`?p=${n}`})); }).listen(0, function(this: any){ console.log(this.address().port); });
} else {
  const c = new RestClient({ baseUrl: `http://127.0.0.1:${process.argv[2]}` });
  const paginator = createPaginator("json_link"); const request = c.requestFor("x");
  let state: any = null, text="";
  for (let p=1;p<=200;p++){ const f = await fetchPage({client:c,request,paginator,state,page:p}); state=f.next; text=f.response.text; }
  const cpu0=process.cpuUsage(), t0=performance.now();
  for (let p=201;p<=700;p++){ const f = await fetchPage({client:c,request,paginator,state,page:p}); state=f.next; }
  const cpu=process.cpuUsage(cpu0); console.log("fetchPage cpu us/page",(cpu.user+cpu.system)/500,"wall",(performance.now()-t0)*2);
  for(let i=0;i<200;i++)JSON.parse(text); const c1=process.cpuUsage(); for(let i=0;i<500;i++)JSON.parse(text); const d1=process.cpuUsage(c1); console.log("JSON.parse cpu us",(d1.user+d1.system)/500, text.length); const {parseJsonBody}=await import("../json-body.js"); const c2=process.cpuUsage(); for(let i=0;i<500;i++)parseJsonBody(text,{url:"",status:200,contentType:""}); const d2=process.cpuUsage(c2); console.log("parseJsonBody cpu us",(d2.user+d2.system)/500);
  const cpu1=process.cpuUsage(); for (let i=0;i<500;i++){ await (await fetch(c.baseUrl+"/x")).text() } const d=process.cpuUsage(cpu1); console.log("global fetch+text cpu us",(d.user+d.system)/500);
}
