# Draws a terminal's output as SVG. It knows the control sequences that the program uses: bold, three colours, and their end (ECMA-48, SGR).
BEGIN {
    columns = 80; width = 8.43; height = 18; margin = 12
    colour["31"] = "#ff6b68"; colour["32"] = "#6bd968"; colour["33"] = "#e5c453"
}
{
    sub(/\r$/, "")
    gsub(/&/, "\\&amp;"); gsub(/</, "\\&lt;"); gsub(/>/, "\\&gt;")
    line = ""; style = ""
    while (match($0, /\033\[[0-9;]*m/)) {
        line = line span(substr($0, 1, RSTART - 1), style)
        code = substr($0, RSTART + 2, RLENGTH - 3)
        style = code == "0" || code == "" ? "" : code == "1" ? " font-weight=\"bold\" fill=\"#ffffff\"" : " fill=\"" colour[code] "\""
        $0 = substr($0, RSTART + RLENGTH)
    }
    lines[NR] = line span($0, style)
}
function span(text, style) { return text == "" ? "" : "<tspan" style ">" text "</tspan>" }
END {
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\">\n", columns * width + 2 * margin, NR * height + 2 * margin
    print "<rect width=\"100%\" height=\"100%\" fill=\"#1e1e1e\"/>"
    print "<g font-family=\"DejaVu Sans Mono\" font-size=\"14\" fill=\"#d0d0d0\" xml:space=\"preserve\">"
    for (i = 1; i <= NR; i++)
        printf "<text x=\"%d\" y=\"%d\">%s</text>\n", margin, margin + i * height - 4, lines[i]
    print "</g>\n</svg>"
}
