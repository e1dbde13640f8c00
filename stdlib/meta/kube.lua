---@meta
-- The primitives: a read-only view of a cluster. `kube` is there in every runbook, nothing is to be required.
--
-- Three answers. A value; nil, when the API said that it is not there; nil and an Unknown, when it could not be found out
-- (forbidden, timeout, not recorded, ...). The host has noted every Unknown in the report by then: a runbook cannot forget one.
-- Misuse (a kind that does not exist, a wrong type) is an error with file and line.

---@class Object: table  What the API gave: apiVersion, kind, metadata, spec, status. null is nil, whole numbers are integers;
---                        metadata.managedFields, which only machines read, is left out.

---@class Unknown
---@field what string        what was asked: "events in default"
---@field reason string      forbidden, unauthorized, timeout, unreachable, tls, api-missing, not-recorded, too-large, rate-limited, server-error, bad-request, bad-answer, expired, cancelled, limit
---@field message string|nil the server's words
---@field permission string  what RBAC would have to allow: "list events in default"

---@class Log
---@field text string         the lines, as the container wrote them, secrets masked
---@field previous boolean    whether it is the previous run's
---@field truncated boolean   whether a bound cut it

---@class Event
---@field uid string
---@field type string         Normal or Warning
---@field reason string
---@field message string
---@field count integer       how often it was seen
---@field first string|nil    RFC 3339
---@field last string|nil     RFC 3339; events are ordered by it
---@field object table        the involved object's kind, namespace, name, uid and fieldPath

---@class List
---@field unknown Unknown|nil set once the list ended early
---@field all fun(self: List): Object[], Unknown|nil  the rest of it, as an array
---@overload fun(): Object|nil  the next object: `for pod in kube.list("pods") do`

---@class Probe
---@field result "answered"|"open"|"refused"|"reset"|"closed"|"timeout"|"not-http"  "open": it listens; that it closes each connection at once shows with HTTP only
---@field pod string            the pod that was asked
---@field port integer          of that pod
---@field latency_ms integer|nil  nil where a snapshot does not tell
---@field status integer|nil    HTTP's, with "answered"
---@field expected boolean|nil  whether status is the expected one, where one was
---@field headers table<string,string>|nil  names in lower case
---@field body string|nil       the first bytes
---@field truncated boolean|nil whether there was more
---@field certificate {subject: string, issuer: string, dnsNames: string[], notBefore: string, notAfter: string}|nil  of a TLS server; it is not verified
---@field message string|nil    the container runtime's words, where there are any

---@class Kube
---@field kubectl string  how kubectl is called for this run's cluster: "kubectl --context prod"; steps to paste begin with it
kube = {}

---One object. Kinds by any name that kubectl takes.
---
---ahead: the question is only sent, and nothing is given; who asks the same a little later finds the answer on its way, or there. So
---questions that come one after another wait for the cluster once. kube.logs and kube.events take it, too.
---@param kind string
---@param name string
---@param opts? {namespace?: string, ahead?: boolean}  the run's namespace when left out
---@return Object|nil object, Unknown|nil unknown
function kube.get(kind, name, opts) end

---Objects, a page at a time, the next page under way while one is read. Only the one that is given takes memory: keep of it what is needed.
---cached: as the server remembers them, which may be a little old: quick where fields select few of very many, and for what no verdict
---hangs on. controlled_by: UIDs; what another controller has made is passed over before it is decoded, which is most of the work. The
---cluster is asked the same, and what has no controller is given.
---@param kind string
---@param opts? {namespace?: string, all_namespaces?: boolean, labels?: string|table<string,string>, fields?: string|table<string,string>, cached?: boolean, controlled_by?: string[]}
---@return List
function kube.list(kind, opts) end

---What kubectl's columns say of objects, and not the objects: a row of each, its cells by the names of their columns, the wide ones too
---({ Name = "web-1", Ready = "1/1", Status = "Running", ... }). Few bytes, and little to do for the server; rows do not tell their namespace.
---nil where there are no tables: in a snapshot, while one is recorded, and with --full-lists. A server may refuse (unknown).
---@param kind string
---@param opts? {namespace?: string, all_namespaces?: boolean, labels?: string|table<string,string>, fields?: string|table<string,string>}
---@return List|nil
function kube.table(kind, opts) end

---The events of one object, by its UID, in the order of time, counts merged.
---@param object Object
---@param opts? {ahead?: boolean}
---@return Event[] events, Unknown|nil unknown
function kube.events(object, opts) end

---The object with what belongs to it.
---@param object Object
---@return {object: Object, events: Event[], conditions: table[], refers: table[]}, Unknown|nil
function kube.describe(object) end

---What a container wrote. nil and nil when there is no such log; `why` says in the server's words why not.
---@param pod Object
---@param opts? {container?: string, previous?: boolean, tail?: integer, since?: integer, limit?: integer, timestamps?: boolean, ahead?: boolean}  since in seconds, limit in bytes
---@return Log|nil log, Unknown|nil unknown, string|nil why
function kube.logs(pod, opts) end

---Asks a port, through a port-forward to the pod: that bypasses Services, kube-proxy and NetworkPolicies. With a path it sends GET
---to the application; without one it connects and sends nothing.
---
---object is a Pod, a Service, or an owner with a selector (Deployment, StatefulSet, ...). Of a Service the port is the Service's
---(number or name), resolved to a pod and its port as kubectl does; of others it is the pod's, a number or a container port's name.
---nil, nil and `why` when there is nothing to ask: no such pod any more, a selector that matches none, a port that none has.
---@param object Object
---@param opts {port: integer|string, scheme?: "tcp"|"http"|"https", path?: string, method?: "GET"|"HEAD", host?: string, expect?: integer, timeout?: number, each?: boolean}
---  scheme is http where there is a path, else tcp; timeout in seconds (5); each: every ready pod is asked, and a list of Probes given
---@return Probe|Probe[]|nil probe, Unknown|nil unknown, string|nil why
function kube.probe(object, opts) end

---May the user of this run do this? Asks the API; changes nothing.
---@param verb string         "list"
---@param resource string     "pods", "pods/log", "deployments.apps"
---@param opts? {namespace?: string, name?: string}
---@return boolean|nil allowed, Unknown|nil unknown
function kube.can(verb, resource, opts) end

---Does several things at once: calls every function, or calls fn(item, index) for every item. Results are in the order given.
---@generic T, R
---@param items T[]|(fun(): R)[]
---@param fn? fun(item: T, index: integer): R
---@return (R|nil)[]  the first result of each; a nil result leaves a hole
function kube.parallel(items, fn) end

---The time: of the clock, or of the moment the snapshot was taken. Seconds since 1970, UTC.
---@return integer
function kube.now() end
