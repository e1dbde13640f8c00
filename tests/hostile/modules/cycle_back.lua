return { other = require("modules.cycle") }
