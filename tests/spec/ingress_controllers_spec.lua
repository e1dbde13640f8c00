local controllers = require("krunbook.ingress_controllers")

local function pod(fields)
  return { kind = "Pod", metadata = { namespace = "edge", name = "x", labels = fields.labels, ownerReferences = fields.owners },
    spec = { containers = { { name = "c", image = fields.image or "registry.example/x:1", args = fields.args, command = fields.command,
      env = fields.env } } },
    status = { phase = fields.phase or "Running" } }
end

local function row(name)
  for _, one in ipairs(controllers.known) do
    if one.name == name then
      return one
    end
  end
end

local nginx, traefik, haproxy = row("ingress-nginx"), row("Traefik"), row("haproxy-ingress")
local f5 = row("NGINX Ingress Controller (F5)")

return {
  ["a controller is known by its spec.controller, also with more behind it"] = function(check)
    for controller, name in pairs({ ["k8s.io/ingress-nginx"] = "ingress-nginx", ["nginx.org/ingress-controller"] = f5.name,
      ["haproxy.org/ingress-controller/inner"] = "HAProxy Kubernetes Ingress Controller", ["ingress.k8s.aws/alb"] = "AWS Load Balancer Controller",
      ["azure/application-gateway"] = "Application Gateway Ingress Controller", ["traefik.io/ingress-controller"] = "Traefik",
      ["openshift.io/ingress-to-route"] = "OpenShift router", ["cilium.io/ingress-controller"] = "Cilium",
      ["ingress-controllers.konghq.com/kong"] = "Kong", ["projectcontour.io/gateway-controller"] = "Contour" }) do
      check.equal(name, (controllers.by_controller(controller) or {}).name, controller)
    end
    check.equal(nil, controllers.by_controller("k8s.io/ingress-nginx-inner"))
    check.equal(nil, controllers.by_controller(nil))
  end,
  ["an annotation's word may mean several"] = function(check)
    check.equal(2, #controllers.by_class("nginx"))
    check.equal("Google Cloud's control plane", controllers.by_class("gce-internal")[1].outside)
    check.equal(0, #controllers.by_class("no-such"))
  end,
  ["every row can be found, and says how its pods are known or where it runs"] = function(check)
    local names = {}
    for _, one in ipairs(controllers.known) do
      check.is(one.controllers or one.classes, one.name)
      check.is(one.outside or one.labels or one.images, one.name)
      check.is(not names[one.name], one.name .. " is there twice")
      names[one.name] = true
    end
  end,
  ["pods are known by the labels of the charts, the most exact first, else by the image"] = function(check)
    local exact = pod({ labels = { ["app.kubernetes.io/name"] = "ingress-nginx", ["app.kubernetes.io/component"] = "controller" } })
    local other = pod({ labels = { ["app.kubernetes.io/name"] = "ingress-nginx", ["app.kubernetes.io/component"] = "default-backend" } })
    local image = pod({ image = "registry.k8s.io/ingress-nginx/controller:v1.11.0@sha256:0123456789" })
    check.equal({ exact }, controllers.pods(nginx, { other, image, exact }))
    check.equal({ other }, controllers.pods(nginx, { other, image }))
    check.equal({ image }, controllers.pods(nginx, { image, pod({ image = "nginx:1" }) }))
    check.equal(1, #controllers.pods(traefik, { pod({ image = "traefik:v3" }) }))
  end,
  ["a chart's hook and a pod that is over serve nobody"] = function(check)
    local labels = { ["app.kubernetes.io/name"] = "ingress-nginx", ["app.kubernetes.io/component"] = "controller" }
    check.equal({}, controllers.pods(nginx, { pod({ labels = labels, owners = { { kind = "Job", name = "admission-create" } } }),
      pod({ labels = labels, phase = "Succeeded" }) }))
  end,
  ["what it is started with: --a=b, --a b, -a, and variables"] = function(check)
    check.equal("b", controllers.setting(pod({ args = { "/x", "--ingress-class=b" } }), { "--ingress-class" }))
    check.equal("b", controllers.setting(pod({ command = { "/x" }, args = { "-ingress-class", "b" } }), { "--ingress-class" }))
    check.equal("true", controllers.setting(pod({ args = { "--watch", "--other=1" } }), { "--watch" }))
    check.equal("b", controllers.setting(pod({ args = { "--providers.kubernetesIngress.ingressClass=b" } }), traefik.names_class))
    local by_variable = pod({ env = { { name = "CONTROLLER_INGRESS_CLASS", value = "b" } } })
    check.equal("b", controllers.setting(by_variable, { "--ingress-class", "CONTROLLER_INGRESS_CLASS" }))
    check.equal(nil, controllers.setting(pod({ args = { "--ingress-class-by-name" } }), { "--ingress-class" }))
  end,
  ["ingress-nginx serves the controller that it is told, else its usual one"] = function(check)
    check.is(controllers.serves(nginx, pod({}), "edge", "k8s.io/ingress-nginx"))
    check.is(not controllers.serves(nginx, pod({}), "edge", "k8s.io/ingress-nginx/inner"))
    local inner = pod({ args = { "--controller-class=example.com/inner", "--ingress-class=inner" } })
    check.is(controllers.serves(nginx, inner, "edge", "example.com/inner"))
    check.is(not controllers.serves(nginx, inner, "edge", "k8s.io/ingress-nginx"))
    check.is(controllers.serves(nginx, inner, "inner", nil) and not controllers.serves(nginx, inner, "nginx", nil))
    check.is(controllers.serves(nginx, pod({}), "nginx", nil) and not controllers.serves(nginx, pod({}), "inner", nil))
  end,
  ["haproxy-ingress puts its class behind its controller's name"] = function(check)
    local inner = pod({ args = { "--controller-class=inner" } })
    check.is(controllers.serves(haproxy, inner, "x", "haproxy-ingress.github.io/controller/inner"))
    check.is(not controllers.serves(haproxy, inner, "x", "haproxy-ingress.github.io/controller"))
    check.is(controllers.serves(haproxy, pod({}), "x", "haproxy-ingress.github.io/controller"))
  end,
  ["others serve one class by its name, when they are told one"] = function(check)
    check.is(controllers.serves(f5, pod({}), "edge", "nginx.org/ingress-controller"))
    check.is(controllers.serves(f5, pod({ args = { "-ingress-class=edge" } }), "edge", "nginx.org/ingress-controller"))
    check.is(not controllers.serves(f5, pod({ args = { "-ingress-class=inner" } }), "edge", "nginx.org/ingress-controller"))
  end,
  ["what has no class is taken where the controller is made for it, or told so"] = function(check)
    check.is(not controllers.takes_classless(nginx, pod({})))
    check.is(controllers.takes_classless(nginx, pod({ args = { "--watch-ingress-without-class" } })))
    check.is(not controllers.takes_classless(nginx, pod({ args = { "--watch-ingress-without-class=false" } })))
    check.is(controllers.takes_classless(traefik, pod({})))
    check.is(not controllers.takes_classless(traefik, pod({ args = { "--providers.kubernetesingress.ingressclass=edge" } })))
    check.is(controllers.takes_classless(row("Skipper"), pod({})))
    check.is(not controllers.takes_classless(f5, pod({})))
  end,
  ["a controller of one's own is known by what it is started with"] = function(check)
    check.is(controllers.mentions(pod({ args = { "--controller=example.com/edge" } }), "example.com/edge"))
    check.is(controllers.mentions(pod({ args = { "--controller", "example.com/edge" } }), "example.com/edge"))
    check.is(controllers.mentions(pod({ env = { { name = "CONTROLLER", value = "example.com/edge" } } }), "example.com/edge"))
    check.is(not controllers.mentions(pod({ args = { "--controller=example.com/edge-2" } }), "example.com/edge"))
  end,
}
