-- The limits by which runbooks judge, in seconds unless the name says otherwise. A team that judges otherwise changes them here,
-- or in its runbook: require("krunbook.thresholds").pending = 120.
return {
  soon = 60,                      -- a container that ends within this after its start never worked: crash-on-start
  pending = 30,                   -- a pod may be on its way for this long before it is reported
  init_waiting = 120,             -- an init container that runs for longer is reported with what its log says
  restart_window = 3600,          -- restarts count when they are this recent ...
  restarts_recent = 3,            -- ... and there are this many of them
  terminating = 300,              -- past its grace period, a pod that is still there is stuck
  scheduling_gate = 30,           -- a gate may hold a pod back for this long
  readiness_gate = 30,            -- and so may a readiness gate
  regular = 0.2,                  -- run times that differ by less than this share of the longer one are "regular"
  load_balancer = 300,            -- a Service may wait for its load balancer's address for this long
  probed_pods = 3,                -- of the ready pods of a Service so many are asked, port by port
  metrics = 120,                  -- an autoscaler may have no metrics for this long after it was made
  pulling = 120,                  -- an image may be on its way to the node for this long
  certificate = 14 * 86400,       -- a certificate that expires within this is told in advance
  namespaces_walked = 50,         -- where all namespaces may not be listed at once, so many are looked into
  log_lines = 60,                 -- lines of a log that are read, the last ones; a bound in bytes cuts off their end ...
  log_bytes = 262144,             -- ... so it is far above what lines are long
  quoted_lines = 3,               -- lines of a log that are quoted
}
