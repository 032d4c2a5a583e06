/// The console's style sheet and picture.
enum ConsoleStyle {
    /// Colours are variables, in two sets, so that a test can compute their contrasts.
    static let sheet = """
        :root { color-scheme: light dark; --ink: #1a1a1a; --paper: #ffffff; --soft: #4a4a4a; --panel: #f4f5f7; --line: #767676; --link: #0b4f9e; --yes: #14632f; --yes-panel: #eef6f0; --no: #9b1c1c; --no-panel: #fbefef; --wait: #734b00; --wait-panel: #fdf6e7; --button: #0b4f9e; --on-button: #ffffff; --danger: #9b1c1c; --on-danger: #ffffff; --mark: #5b2a86; --on-mark: #ffffff; }
        @media screen and (prefers-color-scheme: dark) {
        :root { --ink: #ececec; --paper: #14171a; --soft: #b9bec4; --panel: #1f2429; --line: #8b929a; --link: #8ec3ff; --yes: #86d9a0; --yes-panel: #16261b; --no: #ff9f9f; --no-panel: #2e1818; --wait: #f0c25e; --wait-panel: #2b2311; --button: #8ec3ff; --on-button: #0c1116; --danger: #ff9f9f; --on-danger: #210c0c; --mark: #d5b3f5; --on-mark: #1b0f27; }
        }
        * { box-sizing: border-box; }
        html { background: var(--paper); }
        body { margin: 0; overflow-wrap: break-word; font: 16px/1.5 "Helvetica Neue", Helvetica, Arial, "DejaVu Sans", sans-serif; color: var(--ink); background: var(--paper); }
        a { color: var(--link); text-underline-offset: .15em; }
        :focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
        main:focus { outline: none; }
        .skip { position: absolute; left: -100rem; }
        .skip:focus { left: .5rem; top: .5rem; padding: .5rem 1rem; background: var(--paper); z-index: 1; }
        .test { margin: 0; padding: .5rem 1rem; background: var(--mark); color: var(--on-mark); }
        .bar { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: center; padding: .5rem 1rem; background: var(--panel); border-bottom: 1px solid var(--line); }
        .name { margin: 0; font-weight: 700; }
        nav { flex: 1; }
        .bar form { margin-left: auto; }
        nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0; padding: 0; list-style: none; }
        nav a { display: block; padding: .25rem 0; text-decoration: none; border-bottom: 3px solid transparent; }
        nav a:hover { text-decoration: underline; }
        nav a[aria-current] { font-weight: 700; color: var(--ink); border-bottom-color: var(--link); }
        main { max-width: 64rem; margin: 0 auto; padding: 1rem; min-height: 60vh; }
        h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0 1rem; overflow-wrap: anywhere; }
        h2 { font-size: 1.2rem; margin: 2rem 0 .75rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
        h3 { font-size: 1rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
        .panel { max-width: 40rem; padding: .5rem 1rem; margin: 1rem 0; background: var(--panel); border: 1px solid var(--line); border-radius: .4rem; }
        article.panel { max-width: none; padding: 1rem; }
        label, legend { font-weight: 600; }
        form .choice label { font-weight: 400; }
        .choice { margin: .25rem 0; }
        input[type=text], input[type=password], select, textarea { display: block; width: 100%; margin-top: .25rem; padding: .5rem; font: inherit; color: var(--ink); background: var(--paper); border: 1px solid var(--line); border-radius: .25rem; }
        fieldset { margin: 1rem 0; padding: .5rem 1rem; border: 1px solid var(--line); border-radius: .25rem; display: flex; flex-wrap: wrap; gap: 0 1.5rem; }
        fieldset.ask { display: block; margin: 0; padding: 0; border: 0; }
        .panel button + a { margin-left: .75rem; }
        .hint { display: block; margin-top: .25rem; font-size: .875rem; color: var(--soft); }
        .sideways { display: none; margin-bottom: .25rem; }
        .wrong { display: block; font-weight: 600; color: var(--no); }
        input[aria-invalid], select[aria-invalid], textarea[aria-invalid] { border: 2px solid var(--no); }
        button, a.danger { display: inline-block; padding: .5rem 1.25rem; font: inherit; font-weight: 600; color: var(--on-button); background: var(--button); border: 1px solid transparent; border-radius: .25rem; cursor: pointer; text-decoration: none; }
        button.danger, a.danger { color: var(--on-danger); background: var(--danger); }
        button.plain { padding: .25rem .5rem; font-weight: 400; color: var(--link); background: transparent; text-decoration: underline; }
        button[aria-current] { font-weight: 700; text-decoration: none; }
        button:hover, a.danger:hover { text-decoration: underline; }
        .message { max-width: 48rem; padding: .6rem 1rem; border-left: .4rem solid var(--line); background: var(--panel); }
        .message p { margin: .25rem 0; }
        .yes { border-color: var(--yes); }
        .no { border-color: var(--no); }
        .wait { border-color: var(--wait); }
        .message.yes { background: var(--yes-panel); }
        .message.no { background: var(--no-panel); }
        .message.wait { background: var(--wait-panel); }
        .facts { margin: .5rem 0; }
        .facts div { display: grid; grid-template-columns: 12rem 1fr; gap: 0 1rem; padding: .15rem 0; }
        .facts dt { color: var(--soft); overflow-wrap: anywhere; }
        .facts dd { margin: 0; overflow-wrap: anywhere; min-width: 0; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: .9rem; }
        th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid var(--line); }
        thead th { border-bottom-width: 2px; white-space: nowrap; }
        tbody th { font-weight: 600; min-width: 9rem; overflow-wrap: anywhere; }
        td { min-width: 6rem; }
        td p { margin: 0 0 .25rem; }
        .outcome { display: inline-block; padding: 0 .5rem; font-size: .875rem; font-weight: 700; border: 1px solid; border-radius: .25rem; white-space: nowrap; }
        .outcome.yes { color: var(--yes); background: var(--yes-panel); }
        .outcome.no { color: var(--no); background: var(--no-panel); }
        .outcome.wait { color: var(--wait); background: var(--wait-panel); }
        .rule { color: var(--soft); font-size: .875rem; }
        .timeline { list-style: none; margin: 0; padding: 0; }
        .timeline li { padding: .75rem 1rem; margin: 0 0 .75rem; border: 1px solid var(--line); border-left-width: .4rem; border-radius: .25rem; }
        .timeline li.yes { border-left-color: var(--yes); }
        .timeline li.no { border-left-color: var(--no); }
        .timeline li:target { background: var(--wait-panel); }
        .choices { padding: 0; list-style: none; }
        .choices li { padding: .4rem 0; }
        .choices span { display: block; color: var(--soft); }
        details { margin: .5rem 0; }
        summary { padding: .25rem 0; cursor: pointer; color: var(--link); }
        blockquote { margin: .5rem 0; padding: .6rem 1rem; border: 1px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere; }
        pre { padding: .6rem 1rem; overflow-x: auto; background: var(--panel); border: 1px solid var(--line); }
        code, pre { font: .875rem/1.4 "DejaVu Sans Mono", Menlo, Consolas, monospace; }
        progress { width: 100%; max-width: 40rem; height: 1.5rem; }
        figure { margin: 1rem 0; }
        figcaption { font-size: .9rem; color: var(--soft); }
        svg { display: block; width: 100%; min-width: 48rem; height: auto; }
        svg text { font: 14px "Helvetica Neue", Helvetica, Arial, "DejaVu Sans", sans-serif; fill: var(--ink); }
        svg .grid { stroke: var(--line); stroke-width: 1; }
        svg .given { fill: var(--yes); }
        svg .withdrawn { fill: var(--paper); stroke: var(--no); stroke-width: 2; }
        footer { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: center; padding: .75rem 1rem; margin-top: 2rem; font-size: .875rem; color: var(--soft); border-top: 1px solid var(--line); }
        footer p { margin: 0; overflow-wrap: anywhere; }
        @media screen and (max-width: 50rem) {
        .sideways { display: block; }
        }
        @media (max-width: 40rem) {
        nav { flex-basis: 100%; order: 1; }
        .facts div { grid-template-columns: 1fr; }
        .wide table { min-width: 44rem; }
        .facts dd { margin-bottom: .25rem; }
        }
        @media print {
        .skip, nav, form, a.danger { display: none; }
        .bar { background: none; }
        .test { color: var(--ink); background: none; border: 2px solid; }
        .wide { overflow: visible; }
        svg { min-width: 0; }
        pre { white-space: pre-wrap; }
        details::details-content { content-visibility: visible; }
        summary { list-style: none; }
        .timeline li, tr { break-inside: avoid; }
        }

        """

    /// A tick in a circle.
    static let icon = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="15" fill="#0b4f9e"/>\
        <path d="M9 17l5 5l10-12" fill="none" stroke="#ffffff" stroke-width="3"/></svg>

        """
}
