#include "analyze/platform.h"
#include "analyze/names.h"

#include <llvm/ADT/StringSwitch.h>

namespace foreload::analyze {

bool is_variable_name(llvm::StringRef name) { return !name.empty() && name[0] >= 'a' && name[0] <= 'z'; }

bool is_platform_global(llvm::StringRef name) {
  return is_one_of(name, {"Array",
                          "ArrayBuffer",
                          "AbortController",
                          "AbortSignal",
                          "Astro",
                          "BigInt",
                          "Blob",
                          "Boolean",
                          "Buffer",
                          "Date",
                          "Error",
                          "FormData",
                          "Headers",
                          "Infinity",
                          "Intl",
                          "JSON",
                          "Map",
                          "Math",
                          "NaN",
                          "Number",
                          "Object",
                          "Promise",
                          "Proxy",
                          "RangeError",
                          "Reflect",
                          "RegExp",
                          "Request",
                          "Response",
                          "Set",
                          "String",
                          "Symbol",
                          "TextDecoder",
                          "TextEncoder",
                          "TypeError",
                          "URL",
                          "URLSearchParams",
                          "Uint8Array",
                          "WeakMap",
                          "WeakRef",
                          "WeakSet",
                          "WebAssembly",
                          "WebSocket",
                          "alert",
                          "arguments",
                          "atob",
                          "btoa",
                          "clearImmediate",
                          "clearInterval",
                          "clearTimeout",
                          "confirm",
                          "console",
                          "crypto",
                          "customElements",
                          "decodeURI",
                          "decodeURIComponent",
                          "document",
                          "encodeURI",
                          "encodeURIComponent",
                          "escape",
                          "eval",
                          "exports",
                          "fetch",
                          "history",
                          "isFinite",
                          "isNaN",
                          "localStorage",
                          "location",
                          "matchMedia",
                          "module",
                          "navigator",
                          "parseFloat",
                          "parseInt",
                          "performance",
                          "queueMicrotask",
                          "reportError",
                          "require",
                          "requestAnimationFrame",
                          "scheduler",
                          "sessionStorage",
                          "setImmediate",
                          "setInterval",
                          "setTimeout",
                          "structuredClone",
                          "undefined",
                          "unescape",
                          "window"});
}

FileUse file_use(llvm::StringRef function) {
  function.consume_back("Sync");
  return llvm::StringSwitch<FileUse>(function)
      .Cases("readFile", "stat", "lstat", "access", "exists", FileUse::Read)
      .Cases("realpath", "readlink", "createReadStream", "readTextFile", FileUse::Read)
      .Cases("readdir", "opendir", "glob", "statfs", "readDir", FileUse::ReadMany)
      .Cases("writeFile", "appendFile", "unlink", "truncate", "chmod", FileUse::Write)
      .Cases("utimes", "createWriteStream", "chown", "writeTextFile", FileUse::Write)
      .Cases("rm", "rmdir", "mkdir", "mkdtemp", "rename", FileUse::WriteMany)
      .Cases("copyFile", "cp", "symlink", "link", "open", FileUse::WriteMany)
      .Default(FileUse::None);
}

bool is_fs_module(llvm::StringRef specifier) {
  specifier.consume_front("node:");
  return specifier == "fs" || specifier == "fs/promises";
}

bool is_process_module(llvm::StringRef specifier) { return specifier == "process" || specifier == "node:process"; }

} // namespace foreload::analyze
