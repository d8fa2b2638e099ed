document.documentElement.dataset["js"] = "";
