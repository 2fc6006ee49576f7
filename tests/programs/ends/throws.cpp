/* Throws through a region that holds a plain descriptor; what guards hold is closed on the way out.
 *
 * expect: fd-leak count=3 call=open function=reader::parse line=parse type=file
 * expect: stream-leak count=1 call=fopen function=Loader<int>::load
 */
#include "program.h"

#include <memory>
#include <stdexcept>
#include <string>

namespace reader {

class Guard {
  public:
    explicit Guard(int number) : fd(number)
    {
    }
    Guard(const Guard &) = delete;
    Guard &operator=(const Guard &) = delete;
    ~Guard()
    {
        must(close(fd), "close");
    }

  private:
    int fd;
};

void parse(const std::string &text);

void parse(const std::string &text)
{
    Guard guarded(must(open("input.txt", O_RDWR | O_CREAT, 0600), "open"));
    int plain = must(open("input.txt", O_RDONLY), "open"); /* leak:parse */
    if (text.find('!') != std::string::npos)
        throw std::runtime_error("unexpected " + text);
    must(close(plain), "close");
}

} // namespace reader

template <typename T> class Loader {
  public:
    T load(const char *path);
};

template <typename T> T Loader<T>::load(const char *path)
{
    if (must_have(fopen(path, "r"), "fopen") != nullptr)
        throw T(1);
    return T(0);
}

int main()
{
    static const char *texts[] = {"a", "b!", "c", "d!", "e", "f!", "g"};
    int caught = 0;
    for (const char *text : texts) {
        try {
            reader::parse(text);
        } catch (const std::runtime_error &error) {
            caught++;
        }
    }
    try {
        Loader<int>().load("input.txt");
    } catch (int) {
        caught++;
    }
    printf("caught %d\n", caught);
    return 0;
}
