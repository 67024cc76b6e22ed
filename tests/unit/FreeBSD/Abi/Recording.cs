using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace HypervVfattach.Tests.Unit.FreeBSD.Abi;

/// <summary>One call that a running FreeBSD kernel answered, from data/recordings.json.gz.</summary>
internal sealed record RecordedCall(
    string Kernel, int N, string Step, string Call, string Name, string Note, ulong Request, byte[] In, byte[] Out,
    byte[] Aux, int[] Mib, int Result, int Errno, bool AsksForSize)
{
    /// <summary>The result of IKernel for this call, or the errno made negative.</summary>
    public int Answer => Errno == 0 ? Result : -Errno;

    public override string ToString() => $"{Kernel} #{N} {Call} {Name} ({Note})";
}

/// <summary>All recorded calls, in order.</summary>
internal static class Recording
{
    public const string Newest = "renux15-builtin";
    public const string Module = "renux15-module";
    public const string Fourteen = "freebsd14cur2022-builtin";
    public const string Twelve = "freebsd12.1-builtin";

    public static IReadOnlyList<RecordedCall> Calls { get; } = Load();

    public static IEnumerable<RecordedCall> Ioctls(string name) =>
        Calls.Where(call => call.Call == "ioctl" && call.Name == name);

    public static RecordedCall At(string kernel, int n) => Calls.Single(call => call.Kernel == kernel && call.N == n);

    private static List<RecordedCall> Load([CallerFilePath] string here = "")
    {
        string path = Path.Combine(Path.GetDirectoryName(here)!, "..", "data", "recordings.json.gz");
        using var file = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using JsonDocument json = JsonDocument.Parse(file);
        return [.. json.RootElement.EnumerateArray().Where(e => e.TryGetProperty("kernel", out _)).Select(Read)];
    }

    private static RecordedCall Read(JsonElement e)
    {
        string mib = Text(e, "mib");
        return new RecordedCall(
            Text(e, "kernel"), Int(e, "n"), Text(e, "step"), Text(e, "call"), Text(e, "name"), Text(e, "note"),
            Text(e, "request") is { Length: > 2 } hex ? Convert.ToUInt64(hex[2..], 16) : 0,
            Bytes(e, "in"), Bytes(e, "out"), Bytes(e, "aux_out"),
            [.. Convert.FromHexString(mib).Chunk(4).Select(four => BitConverter.ToInt32(four))],
            Int(e, "rc"), Int(e, "errno"), Text(e, "oldp") == "NULL");
    }

    private static string Text(JsonElement e, string name) =>
        e.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : "";

    private static int Int(JsonElement e, string name) =>
        e.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : 0;

    private static byte[] Bytes(JsonElement e, string name) => Convert.FromHexString(Text(e, name));
}
