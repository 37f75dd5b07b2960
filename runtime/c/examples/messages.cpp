// Each line of standard input as a packet in hex, and read back: messages MODEL.
#include "model_file.h"
#include <iostream>
#include <string>
#include <vector>

static void layer(void *count) { ++*static_cast<unsigned long *>(count); }

int main(int argc, char **argv) {
    if (argc != 2) {
        std::cerr << "messages MODEL < TEXT\n";
        return 2;
    }
    autarky_t *session = open_model(argv[1]);
    unsigned long layers = 0;
    autarky_between(session, layer, &layers);
    for (std::string line; std::getline(std::cin, line);) {
        std::vector<unsigned char> packet(line.size() + 1), text(line.size());
        const int32_t length = autarky_compress(session, line.data(), line.size(), packet.data(), packet.size(), 1);
        if (length < 0) {
            std::cerr << autarky_strerror(length) << "\n";
            return 1;
        }
        const int32_t read = autarky_decompress(session, packet.data(), static_cast<size_t>(length), text.data(), text.size(), 1);
        if (read < 0 || std::string(text.begin(), text.begin() + read) != line) {
            std::cerr << line << ": did not come back: " << autarky_strerror(read) << "\n";
            return 1;
        }
        for (int32_t i = 0; i < length; i++) {
            std::printf("%02x", packet[static_cast<size_t>(i)]);
        }
        std::printf("\n");
        std::fflush(stdout);
    }
    return layers > 0 ? 0 : 1;
}
