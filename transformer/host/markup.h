// Text that goes into HTML and SVG. Names of files, props and messages come from users: all of it is escaped, in one
// place.
#pragma once
#include <llvm/ADT/StringRef.h>

#include <string>

namespace foreload {

/// \p text as it stands for itself between tags and in quoted attributes, in HTML and in XML.
std::string escaped(llvm::StringRef text);

/// \p value with at most \p digits digits behind the point, whatever the locale.
std::string decimal(double value, unsigned digits = 2);

/// Markup as it grows. What is written in the program goes in as it is, everything else is escaped.
class Markup {
public:
  /// Only literals can be given, so that no user's text comes in unescaped by mistake.
  template <size_t size> Markup &operator<<(const char (&literal)[size]) {
    text_.append(literal, size - 1);
    return *this;
  }
  Markup &text(llvm::StringRef text) {
    text_ += escaped(text);
    return *this;
  }
  Markup &number(double value) {
    text_ += decimal(value);
    return *this;
  }
  /// Markup that was escaped when it was made.
  Markup &append(const Markup &other) {
    text_ += other.text_;
    return *this;
  }
  std::string take() { return std::move(text_); }

private:
  std::string text_;
};

} // namespace foreload
