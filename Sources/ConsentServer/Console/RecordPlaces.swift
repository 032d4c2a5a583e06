internal import ConsentModel

/// Where the records of a person are: on the page, on another one, or nowhere that this one leads to.
struct RecordPlaces: Sendable {
    let handle: ContactHandle
    /// Those on the page.
    let shown: Set<UInt64>
    /// All of the person.
    let all: Set<UInt64>
    let inquiry: PersonInquiry
    /// Whether the person's page is shut to whoever does not say why: then no link leads to it.
    let isShut: Bool

    private var path: String { "/console/people/\(handle)" }

    /// The address of a record; `nil` where no link leads to it.
    func address(of index: UInt64) -> String? {
        if shown.contains(index) { return "#record-\(index)" }
        guard all.contains(index), !isShut else { return nil }
        return "\(path)?\(QueryText.text(inquiry.fields(before: index + 1)))#record-\(index)"
    }

    /// The way to the records before one, or to the last ones: a link, or a form that says why again.
    func turn(to before: UInt64?, _ label: String) -> ConsoleTemplates.Values {
        let fields = inquiry.fields(before: before)
        let query = QueryText.text(fields)
        return [
            "label": label, "href": path + (query.isEmpty ? "" : "?" + query) + "#timeline",
            "fields": fields.map { ["name": $0.name, "value": $0.value] },
        ]
    }
}
