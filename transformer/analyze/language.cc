#include "analyze/language.h"

#include <llvm/ADT/StringSwitch.h>

#include <cctype>

namespace foreload::analyze {

MethodEffect method_effect(llvm::StringRef name) {
  return llvm::StringSwitch<MethodEffect>(name)
      // Strings, and what they share with arrays.
      .Cases("at", "charAt", "charCodeAt", "codePointAt", MethodEffect::None)
      .Cases("concat", "endsWith", "includes", "indexOf", "lastIndexOf", MethodEffect::None)
      .Cases("localeCompare", "match", "normalize", MethodEffect::None)
      .Cases("padEnd", "padStart", "repeat", "slice", "split", "startsWith", MethodEffect::None)
      .Cases("substr", "substring", "toLowerCase", "toUpperCase", MethodEffect::None)
      .Cases("toLocaleLowerCase", "toLocaleUpperCase", "trim", "trimEnd", "trimStart", MethodEffect::None)
      .Cases("trimLeft", "trimRight", "isWellFormed", "toWellFormed", MethodEffect::None)
      .Cases("replace", "replaceAll", MethodEffect::Calls)
      // Arrays.
      .Cases("flat", "join", "toReversed", "toSpliced", "with", MethodEffect::None)
      .Cases("every", "filter", "find", "findIndex", "findLast", "findLastIndex", "forEach", MethodEffect::Calls)
      .Cases("flatMap", "map", "reduce", "reduceRight", "some", "toSorted", MethodEffect::Calls)
      .Cases("sort", "reverse", MethodEffect::InPlace)
      // Everything.
      .Cases("toString", "toLocaleString", "valueOf", "toJSON", "hasOwnProperty", MethodEffect::None)
      // Numbers and dates.
      .Cases("toExponential", "toFixed", "toPrecision", MethodEffect::None)
      .Cases("getDate", "getDay", "getFullYear", "getHours", "getMilliseconds", MethodEffect::None)
      .Cases("getMinutes", "getMonth", "getSeconds", "getTime", "getTimezoneOffset", MethodEffect::None)
      .Cases("getUTCDate", "getUTCDay", "getUTCFullYear", "getUTCHours", MethodEffect::None)
      .Cases("getUTCMilliseconds", "getUTCMinutes", "getUTCMonth", "getUTCSeconds", MethodEffect::None)
      .Cases("toDateString", "toISOString", "toTimeString", "toUTCString", MethodEffect::None)
      .Cases("toLocaleDateString", "toLocaleTimeString", MethodEffect::None)
      .Cases("get", "getAll", "has", MethodEffect::Collection)
      .Cases("keys", "values", "entries", "matchAll", MethodEffect::Iterator)
      .Cases("exec", "test", MethodEffect::Matches)
      .Cases("format", "formatRange", "formatToParts", "formatRangeToParts", "select", "of", "resolvedOptions",
             "compare", MethodEffect::Formats)
      .Default(MethodEffect::Unknown);
}

MethodResult method_result(llvm::StringRef name) {
  return llvm::StringSwitch<MethodResult>(name)
      .Cases("concat", "filter", "slice", "splice", "toReversed", "toSorted", "toSpliced", "with", MethodResult::Copy)
      .Cases("entries", "flat", "matchAll", "values", MethodResult::Elements)
      .Cases("at", "find", "findLast", "get", "getAll", "pop", "shift", MethodResult::Element)
      .Cases("flatMap", "map", MethodResult::Mapped)
      .Cases("add", "copyWithin", "fill", "reverse", "set", "sort", "valueOf", MethodResult::Same)
      .Cases("forEach", "push", "unshift", "every", "some", "findIndex", "findLastIndex", "keys", MethodResult::Nothing)
      .Default(method_effect(name) == MethodEffect::None || name == "replace" || name == "replaceAll" ||
                       name == "test" || name == "has"
                   ? MethodResult::Nothing
                   : MethodResult::Unknown);
}

bool calls_at_once(llvm::StringRef name) { return name == "sort" || method_effect(name) == MethodEffect::Calls; }

FunctionEffect function_effect(llvm::StringRef name) {
  if (name.consume_front("Math."))
    return name == "random" ? FunctionEffect::Differs : FunctionEffect::None;
  if (name.consume_front("crypto.") || name.consume_front("performance."))
    return FunctionEffect::Differs;
  return llvm::StringSwitch<FunctionEffect>(name)
      .Cases("String", "Number", "Boolean", "BigInt", "Array", "Object", "RegExp", FunctionEffect::None)
      .Cases("parseInt", "parseFloat", "isNaN", "isFinite", FunctionEffect::None)
      .Cases("encodeURI", "encodeURIComponent", "decodeURI", "decodeURIComponent", FunctionEffect::None)
      .Cases("atob", "btoa", "structuredClone", FunctionEffect::None)
      .Cases("Array.isArray", "Array.of", "Date.UTC", "Date.parse", FunctionEffect::None)
      .Cases("Number.isFinite", "Number.isInteger", "Number.isNaN", "Number.isSafeInteger", FunctionEffect::None)
      .Cases("Number.parseFloat", "Number.parseInt", "BigInt.asIntN", "BigInt.asUintN", FunctionEffect::None)
      .Cases("Object.entries", "Object.fromEntries", "Object.getOwnPropertyNames", FunctionEffect::None)
      .Cases("Object.hasOwn", "Object.is", "Object.isFrozen", "Object.keys", "Object.values", FunctionEffect::None)
      .Cases("String.fromCharCode", "String.fromCodePoint", "String.raw", "Symbol.for", FunctionEffect::None)
      .Cases("URL.canParse", "URL.parse", "Intl.getCanonicalLocales", FunctionEffect::None)
      .Cases("Array.from", "JSON.parse", "JSON.stringify", "Map.groupBy", "Object.groupBy", FunctionEffect::Calls)
      .Cases("Object.assign", "Object.freeze", FunctionEffect::Changes)
      .Cases("Date", "Date.now", FunctionEffect::Differs)
      .Default(FunctionEffect::Unknown);
}

bool function_gives_primitives(llvm::StringRef name) {
  auto [space, member] = name.split('.');
  if (member.empty())
    return name != "Array" && name != "Object" && name != "RegExp" && name != "structuredClone";
  return llvm::StringSwitch<bool>(space)
      .Cases("Math", "Number", "BigInt", "String", "Date", "JSON", "Intl", true)
      .Case("URL", member == "canParse")
      .Case("Array", member == "isArray")
      .Case("Object", member == "keys" || member == "getOwnPropertyNames" || member == "hasOwn" || member == "is" ||
                          member == "isFrozen")
      .Default(false);
}

bool function_makes_identity(llvm::StringRef name) {
  return llvm::StringSwitch<bool>(name).Cases("Array", "Object", "RegExp", "structuredClone", true).Default(false);
}

bool is_plain_constructor(llvm::StringRef name) {
  return llvm::StringSwitch<bool>(name)
      .Cases("Array", "Date", "Map", "Object", "RegExp", "Set", "URL", "URLSearchParams", "Headers", true)
      .Cases("Intl.Collator", "Intl.DateTimeFormat", "Intl.DisplayNames", "Intl.ListFormat", true)
      .Cases("Intl.Locale", "Intl.NumberFormat", "Intl.PluralRules", "Intl.RelativeTimeFormat", true)
      .Default(false);
}

bool is_collection_constructor(llvm::StringRef name) {
  return llvm::StringSwitch<bool>(name)
      .Cases("Map", "Set", "URLSearchParams", "Headers", true)
      .Cases("ReadonlyMap", "ReadonlySet", true) // in types
      .Default(false);
}

bool is_language_constant(llvm::StringRef name) {
  if (name == "NaN" || name == "Infinity" || name == "undefined")
    return true;
  auto [space, member] = name.split('.');
  return (space == "Math" || space == "Number") && !member.empty() && std::isupper(member[0]);
}

bool is_changing_method(llvm::StringRef name) {
  // Setters of dates and the like: `setHours`.
  if (name.size() > 3 && name.substr(0, 3) == "set" && std::isupper(name[3]))
    return true;
  return llvm::StringSwitch<bool>(name)
      .Cases("push", "pop", "shift", "unshift", "splice", "sort", "reverse", "fill", "copyWithin", true)
      .Cases("add", "append", "clear", "delete", "next", "set", true)
      .Default(false);
}

} // namespace foreload::analyze
