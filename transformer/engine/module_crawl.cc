#include "engine/module_crawl.h"

#include "engine/channel.h"
#include "engine/file_finder.h"
#include "engine/workers.h"
#include "parse/astro_regions.h"
#include "parse/front_matter.h"
#include "parse/markdown_lines.h"
#include "parse/module_scan.h"
#include "parse/string_escapes.h"
#include "parse/template.h"
#include "source/file_reader.h"
#include "source/glob.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/DenseSet.h>
#include <llvm/ADT/STLExtras.h>
#include <llvm/Support/Threading.h>

#include <algorithm>
#include <cstring>

namespace foreload {

namespace {

/// A file to read or a folder to list.
struct Work {
  FileRef file;                   ///< none: it is a folder
  const Folder *folder = nullptr; ///< real
  uint32_t module = 0;            ///< the coordinator's number of the file
};

struct FoundEdge {
  FileRef target;
  ImportForm form;
  bool type_only;
};

struct ReadModule {
  uint32_t module;
  uint32_t size;
  uint32_t edges_end; ///< its edges in Findings begin where those of the module before end
  uint32_t loose_end; ///< likewise
  std::error_code error;
};

struct ListedFolder {
  const Folder *folder;
  std::vector<FileRef> modules;          ///< sorted by name
  std::vector<const Folder *> subfolders; ///< real
};

/// What a worker has found out about some files and folders.
struct Findings {
  std::vector<ReadModule> modules;
  std::vector<FoundEdge> edges;
  std::vector<LooseImport> loose;
  std::vector<ListedFolder> folders;
  std::vector<Diagnostic> diagnostics;
  uint64_t lookups = 0;
  uint64_t cache_hits = 0;
};

/// The files that are left out.
class Exclusions {
public:
  Exclusions(llvm::ArrayRef<std::string> globs, llvm::StringRef root) {
    for (llvm::StringRef glob : globs) {
      bool is_folder = glob.consume_back("/");
      bool is_absolute = glob.take_front(2) == "**" || (glob.take_front(root.size()) == root && glob.substr(root.size(), 1) == "/");
      if (!is_absolute && !glob.consume_front("./"))
        glob.consume_front("/"); // as in .gitignore
      std::string whole = is_absolute ? glob.str() : escaped_glob(root) + '/' + glob.str();
      globs_.push_back(whole + "/**"); // a folder with all that is in it
      if (!is_folder)
        globs_.push_back(std::move(whole));
    }
  }

  bool empty() const { return globs_.empty(); }
  bool contain(llvm::StringRef path) const {
    return std::any_of(globs_.begin(), globs_.end(), [&](const std::string &glob) { return glob_matches(glob, path); });
  }

private:
  std::vector<std::string> globs_;
};

Diagnostic folder_error(FileIndex &files, llvm::StringRef path) {
  return file_error(path, 9001, "the folder could not be read: " + files.error(path).message());
}

/// What reads. Each thread has one; they share the lookup.
class Reader {
public:
  Reader(llvm::vfs::FileSystem &file_system, ModuleLookup &lookup, llvm::StringRef root, const Exclusions &exclusions)
      : file_system_(file_system), files_(file_system), lookup_(lookup), root_(root), exclusions_(exclusions) {}

  Findings read(llvm::ArrayRef<Work> batch) {
    Findings findings;
    findings_ = &findings;
    findings.modules.reserve(batch.size());
    for (const Work &work : batch) {
      if (work.file)
        read_module(work);
      else
        list(*work.folder);
    }
    return findings;
  }

private:
  // Folders

  void list(const Folder &folder) {
    ListedFolder listed{&folder, {}, {}};
    if (is_output(folder)) {
      findings_->folders.push_back(std::move(listed));
      return;
    }
    for (const auto &entry : folder.entries) {
      llvm::StringRef name = entry.first();
      if (name.front() == '.' || name == "node_modules")
        continue;
      if (!exclusions_.empty() && exclusions_.contain(folder.path + "/" + name.str()))
        continue;
      if (entry.second.kind == FileKind::Folder)
        enter(folder, name, listed);
      else if (entry.second.kind == FileKind::File && is_root(name))
        listed.modules.push_back(lookup_.files().file(folder, name));
    }
    std::sort(listed.modules.begin(), listed.modules.end(),
              [](const FileRef &a, const FileRef &b) { return a.name < b.name; });
    findings_->folders.push_back(std::move(listed));
  }

  void enter(const Folder &folder, llvm::StringRef name, ListedFolder &listed) {
    const Folder *subfolder = lookup_.files().child(folder, name);
    if (subfolder && subfolder->path != subfolder->real_path)
      subfolder = lookup_.files().folder(subfolder->real_path);
    if (subfolder)
      listed.subfolders.push_back(subfolder);
    else
      findings_->diagnostics.push_back(folder_error(lookup_.files(), folder.path + "/" + name.str()));
  }

  /// Whether an earlier build has written it.
  bool is_output(const Folder &folder) const {
    return folder.kind("manifest.json") == FileKind::File &&
           is_build_manifest(file_system_, folder.path + "/manifest.json");
  }

  /// Whether a crawl of its folder begins with it: data and declarations are there for those that import them.
  static bool is_root(llvm::StringRef name) {
    ModuleType type = module_type(name);
    return type != ModuleType::Asset && type != ModuleType::Json &&
           module_language(name) != ModuleLanguage::Declarations;
  }

  // Modules

  void read_module(const Work &work) {
    module_ = &work;
    ReadModule module{work.module, 0, 0, 0, {}};
    if (auto text = files_.read(work.file.folder->real_path, work.file.name)) {
      text_ = *text;
      source_.reset();
      module.size = static_cast<uint32_t>(text_.size());
      add_imports();
    } else {
      module.error = text.getError();
    }
    module.edges_end = static_cast<uint32_t>(findings_->edges.size());
    module.loose_end = static_cast<uint32_t>(findings_->loose.size());
    findings_->modules.push_back(module);
  }

  void add_imports() {
    ModuleType type = module_type(module_->file.name);
    if (type == ModuleType::Markdown) {
      add_markdown_imports();
    } else if (std::optional<ModuleLanguage> language = module_language(module_->file.name)) {
      scan(text_, *language);
      add_imports(text_, [](uint32_t offset) { return offset; });
      if (language == ModuleLanguage::Astro && ::memmem(text_.data(), text_.size(), "<script", 7))
        add_client_scripts();
    }
  }

  /// Astro bundles the scripts of a component that have no attribute, or just `src`.
  void add_client_scripts() {
    TemplateTree tree = parse_template(text_, find_astro_regions(text_).markup);
    for (const TemplateNode &node : tree.nodes) {
      if (!node.raw || text_.slice(node.name.begin, node.name.end) != "script")
        continue;
      if (const TemplateAttribute *source = tree.find_attribute(text_, node, "src")) {
        if (node.attribute_count == 1 && source->kind == AttributeKind::Quoted)
          add_import(text_.slice(source->value.begin, source->value.end), ImportForm::Client, false,
                     source->value.begin);
      } else if (node.attribute_count == 0) {
        llvm::StringRef script = text_.slice(node.content.begin, node.content.end);
        scan(script, ModuleLanguage::TypeScript);
        add_imports(script, [&](uint32_t offset) { return node.content.begin + offset; }, ImportForm::Client);
      }
    }
  }

  /// Astro imports the layouts of pages. Elsewhere `layout: post` may be meant for anybody.
  bool means_layout(llvm::StringRef layout) const {
    if (layout.front() == '.' || layout.front() == '/' ||
        (module_->file.folder->real_path + "/").find("/pages/") != std::string::npos)
      return true;
    return lookup_.resolve(layout, *module_->file.folder, module_->file.name).resolution == Resolution::Found;
  }

  void add_markdown_imports() {
    uint32_t content_begin = 0;
    std::optional<YamlString> layout;
    if (std::optional<FrontMatter> front_matter = find_front_matter(text_)) {
      content_begin = front_matter->content_begin;
      layout = find_yaml_string(text_, front_matter->yaml, "layout");
    }
    if (layout && !layout->value.empty() && means_layout(layout->value))
      add_import(layout->value, ImportForm::Layout, false, layout->span.begin);
    if (module_->file.name.take_back(4) != ".mdx")
      return;

    std::vector<llvm::StringRef> lines = mdx_import_lines(text_.drop_front(content_begin));
    std::string code;
    for (llvm::StringRef line : lines)
      code += line.str() + '\n';
    scan(code, ModuleLanguage::JavaScript);
    add_imports(code, [&](uint32_t offset) {
      for (llvm::StringRef line : lines) {
        if (offset <= line.size())
          return static_cast<uint32_t>(line.data() - text_.data()) + offset;
        offset -= static_cast<uint32_t>(line.size()) + 1;
      }
      return static_cast<uint32_t>(text_.size());
    });
  }

  void scan(llvm::StringRef code, ModuleLanguage language) {
    scan_.clear();
    foreload::read_module(code, language, scan_, ScanFor::Imports);
  }

  /// Adds what was scanned. \p offset_of leads from \p code to the module's text; \p form is that of imports that are
  /// evaluated first.
  template <typename Function>
  void add_imports(llvm::StringRef code, Function &&offset_of, ImportForm form = ImportForm::Static) {
    auto glob = scan_.globs.begin();
    for (const ModuleScan::Import &import : scan_.imports) {
      for (; glob != scan_.globs.end() && glob->begin < import.statement.begin; ++glob)
        add_glob(*glob, code);
      add_import(import, code, offset_of, form);
    }
    for (; glob != scan_.globs.end(); ++glob)
      add_glob(*glob, code);
    if (scan_.error)
      add_error(offset_of(scan_.error->begin), form);
  }

  /// Says that code is no code, as `build` says it of frontmatters. Of all else the grammar may know too little: there
  /// it is a warning.
  void add_error(uint32_t offset, ImportForm form) {
    SourceFile source(module_->file.path(), text_.str());
    Span at{offset, std::min(offset + 1, source.size())};
    if (find_invalid_utf8(text_) != llvm::StringRef::npos)
      findings_->diagnostics.push_back(
          diagnose(source, at, 1001, Severity::Error, "the file is not valid UTF-8", "save it as UTF-8"));
    else if (form != ImportForm::Client && module_type(module_->file.name) == ModuleType::Astro)
      findings_->diagnostics.push_back(
          diagnose(source, at, 1002, Severity::Error, "the frontmatter could not be parsed here"));
    else
      findings_->diagnostics.push_back(diagnose(source, at, 1004, Severity::Warning, "the module could not be parsed here",
                                                "what it imports may not be all there"));
  }

  template <typename Function>
  void add_import(const ModuleScan::Import &import, llvm::StringRef code, Function &&offset_of,
                  ImportForm form) {
    if (import.specifier.size() < 2)
      return; // it is computed
    llvm::StringRef specifier = code.slice(import.specifier.begin + 1, import.specifier.end - 1);
    if (import.form == ModuleScan::Import::Form::Dynamic)
      form = ImportForm::Dynamic;
    else if (import.form == ModuleScan::Import::Form::Require)
      form = ImportForm::Require;
    add_import(specifier, form, import.type_only, offset_of(import.specifier.begin));
  }

  void add_import(llvm::StringRef specifier, ImportForm form, bool type_only, uint32_t offset) {
    std::string unescaped;
    if (specifier.find('\\') != llvm::StringRef::npos)
      specifier = unescaped = without_escapes(specifier);
    uint64_t questions = FileIndex::disk_questions();
    FoundImport found = lookup_.resolve(specifier, *module_->file.folder, module_->file.name);
    ++findings_->lookups;
    findings_->cache_hits += FileIndex::disk_questions() == questions;
    if (found.resolution == Resolution::Found) {
      if (is_excluded(found.file))
        return;
      if (is_resource(specifier))
        form = ImportForm::Resource;
      findings_->edges.push_back({found.file, form, type_only});
      return;
    }
    LooseImport loose;
    loose.module = module_->module;
    loose.specifier = specifier.str();
    loose.is_external = found.resolution == Resolution::External;
    loose.type_only = type_only;
    if (!loose.is_external) {
      if (!source_)
        source_.emplace("", text_.str());
      loose.position = source_->position(offset);
    }
    findings_->loose.push_back(std::move(loose));
  }

  bool is_excluded(const FileRef &file) const { return !exclusions_.empty() && exclusions_.contain(file.path()); }

  // import.meta.glob

  void add_glob(const ModuleScan::Glob &glob, llvm::StringRef code) {
    std::vector<std::string> wanted, unwanted;
    for (uint32_t at = glob.patterns_begin; at < glob.patterns_end; ++at) {
      Span span = scan_.glob_patterns[at];
      std::string text = without_escapes(code.slice(span.begin, span.end));
      llvm::StringRef pattern = text;
      bool is_negative = pattern.consume_front("!");
      std::string base = without_escapes(code.slice(glob.base.begin, glob.base.end));
      (is_negative ? unwanted : wanted).push_back(absolute_glob(pattern, base));
    }
    std::vector<std::pair<std::string, FileRef>> files;
    for (const std::string &pattern : wanted) {
      std::string begin = fixed_folder(pattern);
      const Folder *folder = lookup_.files().folder(begin.empty() ? root_ : llvm::StringRef(begin));
      if (folder)
        find_files({pattern, glob.exhaustive, {}}, *folder, files);
    }
    std::sort(files.begin(), files.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
    files.erase(std::unique(files.begin(), files.end(), [](const auto &a, const auto &b) { return a.first == b.first; }),
                files.end());
    for (auto &[path, file] : files) {
      bool is_own = file.folder == module_->file.folder && file.name == module_->file.name;
      bool is_unwanted = std::any_of(unwanted.begin(), unwanted.end(),
                                     [path = &path](const std::string &pattern) { return glob_matches(pattern, *path); });
      if (!is_own && !is_unwanted && !is_excluded(file))
        findings_->edges.push_back({file, glob.is_resource ? ImportForm::Resource
                                          : glob.eager     ? ImportForm::EagerGlob
                                                           : ImportForm::Glob,
                                    false});
    }
  }

  /// As Vite reads \p pattern; \p base is the option, or empty.
  std::string absolute_glob(llvm::StringRef pattern, llvm::StringRef base) {
    if (pattern.take_front(2) == "**")
      return pattern.str();
    if (pattern.take_front(1) == "/")
      return escaped_glob(root_) + pattern.str();
    llvm::StringRef own = module_->file.folder->path;
    if (pattern.take_front(1) != ".") { // an alias
      std::optional<std::string> path = lookup_.mapped_path(pattern, own, module_->file.name);
      return path ? *path : std::string();
    }
    std::string folder = base.empty()                   ? own.str()
                         : base.take_front(1) == "/" ? normalized_path(root_, base)
                                                        : normalized_path(own, base);
    return normalized_path(escaped_glob(folder), pattern);
  }

  struct GlobWalk {
    llvm::StringRef pattern;
    bool is_exhaustive;
    std::vector<llvm::StringRef> real_paths; ///< of the folders that it is in: links may lead back to them
  };

  /// Adds the files below \p folder that match.
  void find_files(GlobWalk walk, const Folder &folder, std::vector<std::pair<std::string, FileRef>> &files) {
    if (llvm::is_contained(walk.real_paths, llvm::StringRef(folder.real_path)))
      return;
    walk.real_paths.push_back(folder.real_path);
    bool is_deep = walk.pattern.find("**") != llvm::StringRef::npos ||
                   llvm::StringRef(folder.path).count('/') + 1 < walk.pattern.count('/');
    for (const auto &entry : folder.entries) {
      llvm::StringRef name = entry.first();
      bool is_hidden = name.front() == '.' && walk.pattern.find("/.") == llvm::StringRef::npos;
      if (!walk.is_exhaustive && (is_hidden || name == "node_modules"))
        continue;
      if (entry.second.kind == FileKind::Folder) {
        if (const Folder *subfolder = is_deep ? lookup_.files().child(folder, name) : nullptr)
          find_files(walk, *subfolder, files);
        continue;
      }
      std::string path = folder.path + "/" + name.str();
      if (!glob_matches(walk.pattern, path))
        continue;
      if (FileRef file = lookup_.files().file(folder, name))
        files.emplace_back(std::move(path), file);
    }
  }

  /// Whether Vite gives the text or the address of the file instead of what it exports.
  static bool is_resource(llvm::StringRef specifier) {
    size_t query = specifier.find('?');
    if (query == llvm::StringRef::npos)
      return false;
    llvm::SmallVector<llvm::StringRef, 4> parts;
    specifier.drop_front(query + 1).split(parts, '&');
    return std::any_of(parts.begin(), parts.end(), [](llvm::StringRef part) { return part == "raw" || part == "url"; });
  }

  llvm::vfs::FileSystem &file_system_;
  FileReader files_;
  ModuleLookup &lookup_;
  const llvm::StringRef root_; ///< the project's
  const Exclusions &exclusions_;
  ModuleScan scan_;
  Findings *findings_ = nullptr; ///< what is being made
  const Work *module_ = nullptr;
  llvm::StringRef text_;             ///< its text
  std::optional<SourceFile> source_; ///< the same, once a place in it was asked for
};

/// One crawl, on the thread that it was begun on.
class Coordinator {
public:
  Coordinator(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system, const CrawlOptions &options)
      : options_(options), file_system_(*file_system),
        lookup_(std::make_shared<ModuleLookup>(std::move(file_system), options.resolver)), root_(real_path(options.resolver.root)),
        exclusions_(options.exclude, root_) {}

  CrawlResult run() {
    unsigned max_threads =
        options_.threads ? options_.threads : std::max(1u, llvm::hardware_concurrency().compute_thread_count());
    Workers helpers([this](unsigned) { help(); });
    Reader reader(file_system_, *lookup_, root_, exclusions_);
    std::vector<Findings> inbox;
    std::vector<Work> batch;

    for (const std::string &root : options_.roots)
      add_root(root);
    while (pending_files_ + pending_folders_ > 0) {
      work_.send_all(found_);
      while (helpers.count() + 1 < max_threads && expected_files() > options_.files_per_thread * (helpers.count() + 1)) {
        if (!helpers.start())
          max_threads = helpers.count() + 1;
      }
      if (!results_.try_receive_all(inbox)) {
        if (work_.try_receive_all(batch, options_.files_at_once))
          inbox.push_back(reader.read(batch));
        else
          results_.receive_all(inbox); // helpers have all that is left
        batch.clear();
      }
      for (Findings &findings : inbox)
        take(findings);
      inbox.clear();
    }
    work_.close();
    result_.threads = helpers.count() + 1;
    helpers.join();
    number();
    sort_diagnostics(result_.diagnostics);
    return std::move(result_);
  }

private:
  /// What the seen-set knows of a file.
  struct Seen {
    uint32_t module = 0;    ///< into modules_
    bool is_wanted = false; ///< it was or will be read; here, where it is looked for most
  };
  /// A module, under the number that it has until all are known.
  struct Discovered {
    ImportGraph::Module module;
    uint32_t loose_begin = 0;
    uint32_t loose_end = 0;
  };

  std::string real_path(const std::string &folder) {
    const Folder *listing = lookup_->files().folder(folder);
    return listing ? listing->real_path : folder;
  }

  void help() {
    Reader reader(file_system_, *lookup_, root_, exclusions_);
    std::vector<Work> batch;
    while (work_.receive_all(batch, options_.files_at_once)) {
      results_.send(reader.read(batch));
      batch.clear();
    }
  }

  /// A folder is as much work as some files, and leads to more of them.
  size_t expected_files() const { return pending_files_ + 32 * pending_folders_; }

  // Discovery

  void add_root(llvm::StringRef path) {
    FileIndex &files = lookup_->files();
    if (const Folder *parent = files.folder(folder_of(path))) {
      if (FileRef file = files.file(*parent, name_of(path))) {
        root_files_.push_back(add_root_module(file));
        return;
      }
    }
    const Folder *folder = files.folder(path);
    if (folder && folder->path != folder->real_path)
      folder = files.folder(folder->real_path);
    if (folder)
      add_folder(*folder);
    else
      result_.diagnostics.push_back(folder_error(files, path));
  }

  void add_folder(const Folder &folder) {
    if (!folders_seen_.insert(&folder).second)
      return;
    found_.push_back({{}, &folder, 0});
    ++pending_folders_;
  }

  uint32_t add_root_module(const FileRef &file) {
    Seen &seen = see(file);
    modules_[seen.module].module.is_root = true;
    modules_[seen.module].module.is_installed = false;
    want(seen);
    return seen.module;
  }

  /// Valid until the next one is seen.
  Seen &see(const FileRef &file) {
    auto [at, is_new] = seen_.try_emplace(file.name.data());
    Seen &seen = at->second;
    if (is_new) {
      seen.module = static_cast<uint32_t>(modules_.size());
      ImportGraph::Module &module = modules_.emplace_back().module;
      module.file = file;
      module.type = module_type(file.name);
      llvm::StringRef folder = file.folder->real_path;
      folder.consume_front(options_.resolver.root);
      module.is_installed = (folder + "/").str().find("/node_modules/") != std::string::npos;
    }
    return seen;
  }

  void want(Seen &seen) {
    if (seen.is_wanted)
      return;
    const ImportGraph::Module &module = modules_[seen.module].module;
    if (module.type == ModuleType::Asset || (module.is_installed && !options_.into_packages))
      return;
    seen.is_wanted = true;
    found_.push_back({module.file, nullptr, seen.module});
    ++pending_files_;
  }

  void take(Findings &findings) {
    pending_files_ -= findings.modules.size();
    pending_folders_ -= findings.folders.size();
    for (ListedFolder &listed : findings.folders) {
      for (const FileRef &file : listed.modules)
        add_root_module(file);
      for (const Folder *subfolder : listed.subfolders)
        add_folder(*subfolder);
      folders_.push_back(std::move(listed));
    }
    size_t edge = 0, loose = 0;
    for (const ReadModule &read : findings.modules) {
      Discovered &known = modules_[read.module];
      if (read.error)
        result_.diagnostics.push_back(
            file_error(known.module.file.path(), 9001, "the file could not be read: " + read.error.message()));
      known.module.is_read = !read.error;
      known.module.size = read.size;
      known.module.edges_begin = static_cast<uint32_t>(edges_.size());
      known.module.edges_end = known.module.edges_begin + read.edges_end - static_cast<uint32_t>(edge);
      known.loose_begin = static_cast<uint32_t>(loose_.size());
      for (; loose < read.loose_end; ++loose)
        loose_.push_back(std::move(findings.loose[loose]));
      known.loose_end = static_cast<uint32_t>(loose_.size());
      for (; edge < read.edges_end; ++edge) {
        const FoundEdge &found = findings.edges[edge];
        Seen &seen = see(found.target); // modules_ may have moved
        edges_.push_back({seen.module, found.form, found.type_only});
        if (found.form != ImportForm::Resource)
          want(seen);
      }
    }
    result_.lookups += findings.lookups;
    result_.cache_hits += findings.cache_hits;
    std::move(findings.diagnostics.begin(), findings.diagnostics.end(), std::back_inserter(result_.diagnostics));
  }

  // Numbering

  /// The modules in the graph's order, by the numbers that they have so far.
  std::vector<uint32_t> breadth_first() {
    constexpr uint32_t none = UINT32_MAX;
    std::vector<uint32_t> order;
    order.reserve(modules_.size());
    numbering_.assign(modules_.size(), none);
    auto add = [&](uint32_t module) {
      if (numbering_[module] != none)
        return;
      numbering_[module] = static_cast<uint32_t>(order.size());
      order.push_back(module);
    };
    for (uint32_t module : root_files_)
      add(module);
    std::sort(folders_.begin(), folders_.end(), [](const ListedFolder &a, const ListedFolder &b) {
      return a.folder->real_path < b.folder->real_path;
    });
    for (const ListedFolder &listed : folders_)
      for (const FileRef &file : listed.modules)
        add(seen_.lookup(file.name.data()).module);
    for (size_t at = 0; at < order.size(); ++at) {
      const ImportGraph::Module &module = modules_[order[at]].module;
      for (uint32_t edge = module.edges_begin; edge < module.edges_end; ++edge)
        add(edges_[edge].target);
    }
    return order;
  }

  void number() {
    ImportGraph &graph = result_.graph;
    graph.modules.reserve(modules_.size());
    graph.edges.reserve(edges_.size());
    graph.loose.reserve(loose_.size());
    for (uint32_t number : breadth_first()) {
      const Discovered &known = modules_[number];
      ImportGraph::Module &module = graph.modules.emplace_back(known.module);
      module.edges_begin = static_cast<uint32_t>(graph.edges.size());
      for (uint32_t at = known.module.edges_begin; at < known.module.edges_end; ++at) {
        ImportEdge edge = edges_[at];
        edge.target = numbering_[edge.target];
        graph.edges.push_back(edge);
      }
      module.edges_end = static_cast<uint32_t>(graph.edges.size());
      for (uint32_t at = known.loose_begin; at < known.loose_end; ++at) {
        LooseImport &loose = graph.loose.emplace_back(std::move(loose_[at]));
        loose.module = numbering_[loose.module];
      }
    }
    result_.folders = folders_.size();
    graph.lookup = std::move(lookup_);
  }

  const CrawlOptions &options_;
  llvm::vfs::FileSystem &file_system_; ///< the lookup keeps it
  std::shared_ptr<ModuleLookup> lookup_;
  const std::string root_; ///< the project's
  const Exclusions exclusions_;
  Channel<Work> work_;
  Channel<Findings> results_;
  size_t pending_files_ = 0; ///< that are on their way
  size_t pending_folders_ = 0;
  std::vector<Work> found_; ///< those of them that nobody was told of yet
  std::vector<Discovered> modules_;
  llvm::DenseMap<const char *, Seen> seen_; ///< by the address of the file's name
  llvm::DenseSet<const Folder *> folders_seen_;
  std::vector<ImportEdge> edges_;
  std::vector<LooseImport> loose_;
  std::vector<ListedFolder> folders_;
  std::vector<uint32_t> root_files_;
  std::vector<uint32_t> numbering_; ///< the graph's number of each of modules_
  CrawlResult result_;
};

} // namespace

CrawlResult crawl_modules(llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system, const CrawlOptions &options) {
  return Coordinator(std::move(file_system), options).run();
}

} // namespace foreload
