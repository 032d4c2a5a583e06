internal import ConsentModel
internal import Glibc

/// Standard output or standard error, and what may be done there.
enum Terminal: Int32 {
    case output = 1
    case error = 2

    /// The colours in use, as the parameters of SGR (ECMA-48 §8.3.117).
    enum Style: String {
        case bold = "1"
        case red = "1;31"
        case green = "1;32"
        case yellow = "1;33"
    }

    var isTerminal: Bool { isatty(rawValue) == 1 }

    /// `text` in `style` where that can be seen: on a terminal, and never with NO_COLOR (no-color.org).
    func styled(_ text: String, _ style: Style) -> String {
        isColoured ? "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m" : text
    }

    /// Writes at once. What standard error does not take is lost: there is nowhere left to say so.
    func write(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(rawValue, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

    /// Warns of something that was done in spite of it.
    static func warn(_ sentence: String) {
        error.write("\(error.styled("consent: warning:", .yellow)) \(plain(sentence.shortened()))\n")
    }

    /// `text` with control characters made visible, so that stored data cannot steer the terminal.
    static func plain(_ text: String) -> String { VisibleText.of(text) }

    private var isColoured: Bool {
        isTerminal && Environment.value("NO_COLOR") == nil && Environment.value("TERM") != "dumb"
    }
}

/// The environment's variables.
enum Environment {
    /// The value of a variable; `nil` if it is not set or empty.
    static func value(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
