-- Ingress controllers that are known: which classes each serves, and how its pods are told from others. Plain data, to which a team adds:
--
--   local controllers = require("krunbook.ingress_controllers")
--   table.insert(controllers.known, 1, { name = "our edge", controllers = { "edge.example.com/ingress" }, labels = { { app = "edge" } } })
--
-- Nothing here is the name of an object: pods are known by the labels that a project's charts give them, by their images, or by what
-- they are started with.
local M = {}

---@class IngressController
---@field name string
---@field controllers string[]|nil    spec.controller of its IngressClasses; also with "/" and more behind it
---@field classes string[]|nil        what Ingresses call its class where there is no IngressClass
---@field labels table<string, string>[]|nil  of its pods; the first set that finds some decides
---@field images string[]|nil         how its images' repositories end
---@field names_controller string[]|nil  what it is started with to serve another spec.controller: "--argument", or a VARIABLE
---@field names_class string[]|nil    what it is started with to serve another class
---@field classless "always"|"unnamed"|string[]|nil  takes Ingresses without a class: always, where names_class is not given, or with one of these
---@field by_name boolean|nil         serves classes by their name, whether or not there is an IngressClass
---@field own_address boolean|nil     gives each Ingress a load balancer of its own
---@field outside string|nil          where it runs, when that is not in the cluster
---@field forwards boolean|nil        its pods send the requests on themselves; else others may do that
---@field failures string[]|nil       reasons of its events on an Ingress that it cannot serve

---In the order in which they are compared.
---@type IngressController[]
M.known = {
  { name = "ingress-nginx", controllers = { "k8s.io/ingress-nginx" }, classes = { "nginx" },
    labels = { { ["app.kubernetes.io/name"] = "ingress-nginx", ["app.kubernetes.io/component"] = "controller" },
      { ["app.kubernetes.io/name"] = "ingress-nginx" } },
    images = { "ingress-nginx/controller", "ingress-nginx/controller-chroot", "nginx-ingress-controller" },
    names_controller = { "--controller-class" }, names_class = { "--ingress-class" }, classless = { "--watch-ingress-without-class" },
    forwards = true },
  { name = "NGINX Ingress Controller (F5)", controllers = { "nginx.org/ingress-controller" }, classes = { "nginx" },
    labels = { { ["app.kubernetes.io/name"] = "nginx-ingress" }, { app = "nginx-ingress" } },
    images = { "nginx/nginx-ingress", "nginx-ic/nginx-plus-ingress" }, names_class = { "--ingress-class" },
    failures = { "Rejected", "AddedOrUpdatedWithError" }, forwards = true },
  { name = "Traefik", controllers = { "traefik.io/ingress-controller" }, classes = { "traefik" },
    labels = { { ["app.kubernetes.io/name"] = "traefik" } }, images = { "traefik" },
    names_class = { "--providers.kubernetesingress.ingressclass" }, classless = "unnamed", forwards = true },
  { name = "haproxy-ingress", controllers = { "haproxy-ingress.github.io/controller" }, classes = { "haproxy" },
    labels = { { ["app.kubernetes.io/name"] = "haproxy-ingress" } }, images = { "jcmoraisjr/haproxy-ingress" },
    names_controller = { "--controller-class" }, names_class = { "--ingress-class" }, classless = { "--watch-ingress-without-class" },
    forwards = true },
  { name = "HAProxy Kubernetes Ingress Controller", controllers = { "haproxy.org/ingress-controller" }, classes = { "haproxy" },
    labels = { { ["app.kubernetes.io/name"] = "kubernetes-ingress" } }, images = { "haproxytech/kubernetes-ingress" },
    names_controller = { "--ingress.class" }, names_class = { "--ingress.class" }, classless = { "--empty-ingress-class" },
    forwards = true },
  { name = "Contour", controllers = { "projectcontour.io/ingress-controller", "projectcontour.io" }, classes = { "contour" },
    labels = { { ["app.kubernetes.io/name"] = "contour", ["app.kubernetes.io/component"] = "contour" }, { app = "contour" } },
    images = { "projectcontour/contour" }, names_class = { "--ingress-class-name" }, classless = "unnamed", by_name = true },
  { name = "Kong", controllers = { "ingress-controllers.konghq.com/kong" }, classes = { "kong" },
    labels = { { ["app.kubernetes.io/name"] = "kong", ["app.kubernetes.io/component"] = "controller" },
      { ["app.kubernetes.io/name"] = "controller", ["app.kubernetes.io/component"] = "controller" },
      { ["app.kubernetes.io/name"] = "kong" }, { app = "ingress-kong" } },
    images = { "kong/kubernetes-ingress-controller" }, names_class = { "--ingress-class", "CONTROLLER_INGRESS_CLASS" },
    failures = { "KongConfigurationTranslationFailed", "KongConfigurationApplyFailed" } },
  { name = "Istio", controllers = { "istio.io/ingress-controller" }, classes = { "istio" },
    labels = { { istio = "ingressgateway" } }, forwards = true },
  { name = "Emissary", controllers = { "getambassador.io/ingress-controller" }, classes = { "ambassador" },
    labels = { { ["app.kubernetes.io/name"] = "emissary-ingress" } }, images = { "emissary-ingress/emissary" },
    forwards = true },
  { name = "APISIX", controllers = { "apisix.apache.org/apisix-ingress-controller" }, classes = { "apisix" },
    labels = { { ["app.kubernetes.io/name"] = "apisix-ingress-controller" }, { ["app.kubernetes.io/name"] = "ingress-controller" },
      { ["app.kubernetes.io/name"] = "apisix" } },
    images = { "apache/apisix-ingress-controller" } },
  { name = "AWS Load Balancer Controller", controllers = { "ingress.k8s.aws/alb" }, classes = { "alb" },
    labels = { { ["app.kubernetes.io/name"] = "aws-load-balancer-controller" } }, images = { "aws-load-balancer-controller" },
    names_class = { "--ingress-class" }, failures = { "FailedBuildModel", "FailedDeployModel", "FailedAddFinalizer" }, own_address = true },
  { name = "Application Gateway Ingress Controller", controllers = { "azure/application-gateway" },
    classes = { "azure/application-gateway", "azure-application-gateway" },
    labels = { { app = "ingress-appgw" }, { app = "ingress-azure" } }, images = { "azure-application-gateway/kubernetes-ingress" },
    failures = { "BackendPortTargetMatch", "NoValidIngress", "ApplyError" } },
  { name = "Voyager", classes = { "voyager" }, labels = { { ["app.kubernetes.io/name"] = "voyager" } } },
  { name = "Skipper", controllers = { "skipper.zalando.org" }, classes = { "skipper" },
    labels = { { application = "skipper-ingress" }, { ["app.kubernetes.io/name"] = "skipper" } },
    images = { "zalando/skipper", "pathfinder/skipper" }, names_class = { "-kubernetes-ingress-class" }, classless = "always", by_name = true,
    forwards = true },
  { name = "Cilium", controllers = { "cilium.io/ingress-controller" }, classes = { "cilium" },
    labels = { { ["io.cilium/app"] = "operator" }, { ["k8s-app"] = "cilium" } }, images = { "cilium/operator-generic" }, own_address = true },
  { name = "OpenShift router", controllers = { "openshift.io/ingress-to-route" },
    labels = { { ["ingresscontroller.operator.openshift.io/deployment-ingresscontroller"] = "default" } }, classless = "always", forwards = true },
  { name = "GKE Ingress", classes = { "gce", "gce-internal" }, outside = "Google Cloud's control plane",
    failures = { "Translate", "Sync" }, own_address = true },
  { name = "EKS Auto Mode", controllers = { "eks.amazonaws.com/alb" }, outside = "AWS's control plane",
    failures = { "FailedBuildModel", "FailedDeployModel" }, own_address = true },
}

local function is_one_of(list, value)
  for _, one in ipairs(list or {}) do
    if one == value then
      return true
    end
  end
  return false
end

---The one whose IngressClasses say this in spec.controller.
---@param controller string|nil
---@return IngressController|nil
function M.by_controller(controller)
  for _, row in ipairs(controller and M.known or {}) do
    for _, one in ipairs(row.controllers or {}) do
      if controller == one or controller:sub(1, #one + 1) == one .. "/" then
        return row
      end
    end
  end
end

---Those whose class Ingresses call so without an IngressClass.
---@param class string
---@return IngressController[]
function M.by_class(class)
  local found = {}
  for _, row in ipairs(M.known) do
    if is_one_of(row.classes, class) then
      found[#found + 1] = row
    end
  end
  return found
end

-- "--ingress-class", "-ingress-class" and "--Ingress-Class" are one.
local function bare(argument)
  return argument:gsub("^%-+", ""):lower()
end

local function in_arguments(container, name)
  local words = {}
  for _, list in ipairs({ container.command or {}, container.args or {} }) do
    table.move(list, 1, #list, #words + 1, words)
  end
  for i, word in ipairs(words) do
    local flag, value = word:match("^(%-[^=]+)=(.*)$")
    if flag and bare(flag) == bare(name) then
      return value
    elseif word:find("^%-") and bare(word) == bare(name) then
      local next_word = words[i + 1]
      return next_word and not next_word:find("^%-") and next_word or "true"
    end
  end
end

---What a pod is started with: the value of the first of these arguments or variables that it has; nil when it has none.
---@param pod Object
---@param names string[]|nil  "--argument" or VARIABLE
---@return string|nil
function M.setting(pod, names)
  for _, container in ipairs(pod.spec.containers or {}) do
    for _, name in ipairs(names or {}) do
      local value = name:find("^%-") and in_arguments(container, name)
      for _, variable in ipairs(container.env or {}) do
        value = value or (variable.name == name and variable.value)
      end
      if value then
        return value
      end
    end
  end
end

local function has_labels(pod, wanted)
  for key, value in pairs(wanted) do
    if (pod.metadata.labels or {})[key] ~= value then
      return false
    end
  end
  return true
end

---Whether a pod runs the image of a known controller.
---@param row IngressController
---@param pod Object
---@return boolean
function M.has_image(row, pod)
  local images = require("krunbook.images")
  for _, container in ipairs(pod.spec.containers or {}) do
    local repository = container.image and images.parse(container.image).repository or ""
    for _, ending in ipairs(row.images or {}) do
      if repository == ending or repository:sub(-#ending - 1) == "/" .. ending then
        return true
      end
    end
  end
  return false
end

-- A Job's pod (a chart's hooks have the controller's labels) and one that is over serve nobody.
local function can_serve(pod)
  local phase = pod.status and pod.status.phase
  for _, owner in ipairs(pod.metadata.ownerReferences or {}) do
    if owner.kind == "Job" then
      return false
    end
  end
  return phase ~= "Succeeded" and phase ~= "Failed"
end

---Which of these pods are the controller's: those with its labels, most exact first, else those with its image.
---@param row IngressController
---@param all Object[]
---@return Object[]
function M.pods(row, all)
  local tests = {}
  for _, labels in ipairs(row.labels or {}) do
    tests[#tests + 1] = function(pod) return has_labels(pod, labels) end
  end
  tests[#tests + 1] = function(pod) return M.has_image(row, pod) end
  for _, test in ipairs(tests) do
    local found = {}
    for _, pod in ipairs(all) do
      if can_serve(pod) and test(pod) then
        found[#found + 1] = pod
      end
    end
    if #found > 0 then
      return found
    end
  end
  return {}
end

---Whether a pod, of whatever program, is started with this spec.controller in an argument or a variable.
---@param pod Object
---@param controller string
---@return boolean
function M.mentions(pod, controller)
  for _, container in ipairs(pod.spec.containers or {}) do
    for _, list in ipairs({ container.command or {}, container.args or {} }) do
      for _, word in ipairs(list) do
        if word == controller or word:sub(-#controller - 1) == "=" .. controller then
          return can_serve(pod)
        end
      end
    end
    for _, variable in ipairs(container.env or {}) do
      if variable.value == controller then
        return can_serve(pod)
      end
    end
  end
  return false
end

---Whether a pod of the controller serves this class, as far as what it is started with tells.
---@param row IngressController
---@param pod Object
---@param class string|nil       the class's name
---@param controller string|nil  its spec.controller; nil where there is no IngressClass
---@return boolean
function M.serves(row, pod, class, controller)
  local named_class = M.setting(pod, row.names_class)
  if not controller then
    return named_class == class or (named_class == nil and is_one_of(row.classes, class))
  end
  local named = M.setting(pod, row.names_controller)
  if row.names_controller then
    local usual = row.controllers[1]
    return named ~= nil and (controller == named or controller == usual .. "/" .. named)
      or named == nil and is_one_of(row.controllers, controller)
  end
  return named_class == nil or named_class == class
end

---Whether a pod of the controller takes Ingresses that name no class.
---@param row IngressController
---@param pod Object
---@return boolean
function M.takes_classless(row, pod)
  if type(row.classless) == "table" then
    local value = M.setting(pod, row.classless)
    return value ~= nil and value ~= "false"
  end
  return row.classless == "always" or (row.classless == "unnamed" and not M.setting(pod, row.names_class))
end

return M
