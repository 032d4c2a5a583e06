internal import ConsentAudit
internal import Mustache

/// The console's texts, as templates name them.
struct ConsoleWords: MustacheParent {
    let texts: EvidenceTexts

    func child(named name: String) -> Any? { texts.text("console." + name) }
}
