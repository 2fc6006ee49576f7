# All C and C++ sources stand as .clang-format says.
command -v clang-format >/dev/null || exit 77
cd "$SOURCE_DIR" || exit 1
find include preload analyzer tests \( -name '*.[ch]' -o -name '*.[ch]pp' \) -print0 |
    xargs -0 clang-format --dry-run -Werror --ferror-limit=1
