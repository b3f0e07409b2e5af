// What the language's own functions do: which of them only compute a value from what they are given.
#pragma once
#include <llvm/ADT/StringRef.h>

namespace foreload::analyze {

/// What a call of a method does, judged by the method's name: data has no methods of its own.
enum class MethodEffect : uint8_t {
  None,       ///< computes a value
  Calls,      ///< computes a value by calling the functions that it is given: `map`
  InPlace,    ///< changes its receiver and returns it: `sort`
  Collection, ///< reads a Map, a Set, search parameters, headers; everybody else's `get` may do anything
  Iterator,   ///< reads a collection one by one
  Matches,    ///< `test` and `exec`, which move on in a regular expression with the flags g or y
  Formats,    ///< reads one of Intl's formatters
  Unknown,
};

MethodEffect method_effect(llvm::StringRef name);

/// What the result of a method has in common with its receiver.
enum class MethodResult : uint8_t {
  Nothing,  ///< a number, a text: `join`
  Copy,     ///< a new object with the receiver's elements: `filter`
  Elements, ///< a new object that holds parts of it somewhere: `flat`, `entries`
  Element,  ///< one of its elements: `find`
  Mapped,   ///< a new array of what a function returns: `map`
  Same,     ///< the receiver: `sort`
  Unknown,
};

MethodResult method_result(llvm::StringRef name);
/// Methods that call the function that they are given before they return, with elements of the receiver.
bool calls_at_once(llvm::StringRef name);

/// What a call of a global function does, by its name with its namespace: `parseInt`, `Math.max`.
enum class FunctionEffect : uint8_t {
  None,    ///< computes a value
  Calls,   ///< computes a value by calling the functions that it is given: `Array.from`
  Changes, ///< changes its first argument and returns it: `Object.assign`, `Object.freeze`
  Differs, ///< gives another value each time
  Unknown,
};

FunctionEffect function_effect(llvm::StringRef name);
/// Whether it gives numbers, texts and the like, or data that is made of them.
bool function_gives_primitives(llvm::StringRef name);
/// Whether it may give an object that is equal to nothing but itself.
bool function_makes_identity(llvm::StringRef name);

/// `new X(…)` for the language's own X that only hold what they are given.
bool is_plain_constructor(llvm::StringRef name);
/// Those among them that `get` and `has` read.
bool is_collection_constructor(llvm::StringRef name);
/// `NaN`, `Math.PI`: constants of the language.
bool is_language_constant(llvm::StringRef name);
/// Methods that change what they are called on: `push`, `sort`, `set`, `setDate`.
bool is_changing_method(llvm::StringRef name);

} // namespace foreload::analyze
