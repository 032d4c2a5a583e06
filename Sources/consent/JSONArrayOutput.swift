internal import ConsentModel

/// Writes a JSON array to standard output, an element a line, as the elements come.
struct JSONArrayOutput {
    private var isEmpty = true

    mutating func add(_ value: JSON) {
        print(isEmpty ? "[" : ",", terminator: "\n")
        print(value.text, terminator: "")
        isEmpty = false
    }

    func end() { print(isEmpty ? "[]" : "\n]") }
}
