internal import ConsentModel
internal import Glibc

/// Standard output or standard error, and what may be done there.
enum Terminal: Int32 {
    case output = 1
    case error = 2

    /// The colours in use, as the parameters of SGR (ECMA-48 §8.3.117).
    enum Style: String, CaseIterable {
        case bold = "1"
        case red = "1;31"
        case green = "1;32"
        case yellow = "1;33"

        var mark: String { "\u{1b}[\(rawValue)m" }

        /// What ends every one.
        static let end = "\u{1b}[0m"

        /// All that `styled` puts into a text.
        static let marks = allCases.map(\.mark) + [end]
    }

    var isTerminal: Bool { isatty(rawValue) == 1 }

    /// `text` in `style` where that can be seen: on a terminal, and never with NO_COLOR (no-color.org).
    func styled(_ text: String, _ style: Style) -> String {
        isColoured ? "\(style.mark)\(text)\(Style.end)" : text
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

    /// `text` with control characters and all that nobody sees made visible, so that stored data cannot steer the terminal
    /// nor hide there. `print` does the same but for the ends of lines: what is one line is put through this before.
    static func plain(_ text: String) -> String { VisibleText.of(text) }

    /// The lines of `text`, each as `plain` has it.
    static func plainLines(_ text: String) -> String { plainLines(text, keeping: []) }

    /// The lines of `text`, each as `plain` has it, with the colours of `styled` where those are in use.
    func shown(_ text: String) -> String { Self.plainLines(text, keeping: isColoured ? Style.marks : []) }

    private static func plainLines(_ text: String, keeping marks: [String]) -> String {
        guard text.unicodeScalars.contains(where: { $0 != "\n" && VisibleText.isUnseen($0) }) else { return text }
        var shown = ""
        var rest = text.unicodeScalars[...]
        while let scalar = rest.first {
            if let mark = marks.first(where: { rest.starts(with: $0.unicodeScalars) }) {
                shown += mark
                rest = rest.dropFirst(mark.unicodeScalars.count)
            } else {
                shown += scalar == "\n" ? "\n" : plain(String(scalar))
                rest = rest.dropFirst()
            }
        }
        return shown
    }

    private var isColoured: Bool {
        isTerminal && Environment.value("NO_COLOR") == nil && Environment.value("TERM") != "dumb"
    }
}

/// Prints on standard output, for all of this program in place of `Swift.print`: what nobody sees is made visible, whatever it
/// came from.
func print(_ text: String, terminator: String = "\n") {
    Swift.print(Terminal.output.shown(text), terminator: terminator)
}

/// Prints a document that is for machines, such as a signed note: to the byte where it goes into a file or a pipe, and as
/// `print` on a terminal.
func printDocument(_ text: String) {
    Swift.print(Terminal.output.isTerminal ? Terminal.output.shown(text) : text, terminator: "")
}

/// The environment's variables.
enum Environment {
    /// The value of a variable; `nil` if it is not set or empty.
    static func value(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
