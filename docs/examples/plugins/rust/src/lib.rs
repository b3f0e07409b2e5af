//! A plugin in Rust, without dependencies: turns `<h1>` texts into upper case.
//!
//!     cargo build --release
//!     foreload build src --out out --plugin target/release/libforeload_shout.so
//!
//! The declarations are those of foreload_plugin.h that the plugin needs; `bindgen` makes all of them.
use std::ffi::c_void;
use std::mem::size_of;
use std::panic::catch_unwind;
use std::{ptr, slice, str};

const FL_HOOK_NONE: i32 = 0;
const FL_HOOK_DONE: i32 = 1;
const FL_HOOK_FAILED: i32 = 2;
const FL_PLUGIN_ABI_VERSION: u32 = 1;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct FlStr {
    data: *const u8,
    size: usize,
}

impl FlStr {
    const fn of(text: &'static str) -> Self {
        FlStr { data: text.as_ptr(), size: text.len() }
    }
    /// # Safety: the host lends it until the hook returns, and it is UTF-8.
    unsafe fn text<'a>(self) -> &'a str {
        if self.data.is_null() { "" } else { str::from_utf8_unchecked(slice::from_raw_parts(self.data, self.size)) }
    }
}

#[repr(C)]
pub struct FlModuleText {
    size: usize,
    code: FlStr,
    map: FlStr,
    owner: *mut c_void,
    free: Option<unsafe extern "C" fn(*mut c_void)>,
}

#[repr(C)]
pub struct FlFilter {
    size: usize,
    include: *const FlStr,
    include_count: usize,
    suffixes: *const FlStr,
    suffix_count: usize,
    exclude: *const FlStr,
    exclude_count: usize,
    code: *const FlStr,
    code_count: usize,
}

#[repr(C)]
pub struct FlHookUse {
    size: usize,
    order: i32,
    reserved: u32,
    filter: *const FlFilter,
}

type Transform = unsafe extern "C" fn(*mut c_void, *const c_void, FlStr, FlStr, *mut FlModuleText) -> i32;

/// A hook that this plugin does not have.
type None_ = [*const c_void; 2];

#[repr(C)]
pub struct FlPlugin {
    size: usize,
    abi_version: u32,
    enforce: i32,
    apply: i32,
    reserved: u32,
    name: FlStr,
    create: *const c_void,
    destroy: *const c_void,
    build_start: None_,
    resolve_id: None_,
    load: None_,
    transform: Transform,
    transform_use: *const FlHookUse,
    module_parsed: None_,
    watch_change: None_,
    build_end: None_,
    generate: None_,
}

/// A table of constants, which all threads may read.
#[repr(transparent)]
struct Table<T>(T);
unsafe impl<T> Sync for Table<T> {}

const NONE: None_ = [ptr::null(); 2];
static SUFFIXES: Table<[FlStr; 1]> = Table([FlStr::of(".astro")]);
static CODE: Table<[FlStr; 1]> = Table([FlStr::of("<h1>")]);
static FILTER: Table<FlFilter> = Table(FlFilter {
    size: size_of::<FlFilter>(),
    include: ptr::null(),
    include_count: 0,
    suffixes: SUFFIXES.0.as_ptr(),
    suffix_count: 1,
    exclude: ptr::null(),
    exclude_count: 0,
    code: CODE.0.as_ptr(),
    code_count: 1,
});
static USE: Table<FlHookUse> = Table(FlHookUse { size: size_of::<FlHookUse>(), order: 0, reserved: 0, filter: &FILTER.0 });
static PLUGIN: Table<FlPlugin> = Table(FlPlugin {
    size: size_of::<FlPlugin>(),
    abi_version: FL_PLUGIN_ABI_VERSION,
    enforce: 0,
    apply: 0,
    reserved: 0,
    name: FlStr::of("shout"),
    create: ptr::null(),
    destroy: ptr::null(),
    build_start: NONE,
    resolve_id: NONE,
    load: NONE,
    transform,
    transform_use: &USE.0,
    module_parsed: NONE,
    watch_change: NONE,
    build_end: NONE,
    generate: NONE,
});

/// The text with what stands between `<h1>` and `</h1>` in upper case, as far as it is ASCII: so nothing moves, and no
/// source map is needed.
fn shout(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(begin) = rest.find("<h1>") {
        let (before, inside) = rest.split_at(begin + "<h1>".len());
        out.push_str(before);
        let end = inside.find("</h1>").unwrap_or(inside.len());
        out.push_str(&inside[..end].to_ascii_uppercase());
        rest = &inside[end..];
    }
    out + rest
}

unsafe extern "C" fn drop_text(owner: *mut c_void) {
    drop(Box::from_raw(owner as *mut String));
}

unsafe extern "C" fn transform(_: *mut c_void, _: *const c_void, _: FlStr, code: FlStr, out: *mut FlModuleText) -> i32 {
    let code = code.text();
    match catch_unwind(|| shout(code)) {
        Ok(text) if text == code => FL_HOOK_NONE,
        Ok(text) => {
            let kept = Box::new(text);
            (*out).code = FlStr { data: kept.as_ptr(), size: kept.len() };
            (*out).owner = Box::into_raw(kept) as *mut c_void;
            (*out).free = Some(drop_text);
            FL_HOOK_DONE
        }
        Err(_) => FL_HOOK_FAILED,
    }
}

/// # Safety
/// Called by the host, once for each of its own hosts.
#[no_mangle]
pub unsafe extern "C" fn foreload_plugin(_host_version: u32, _refusal: *mut FlStr) -> *const FlPlugin {
    &PLUGIN.0
}
