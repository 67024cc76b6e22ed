using HypervVfattach.Core;

namespace HypervVfattach.FreeBSD;

/// <summary>What devd's events need on the running FreeBSD.</summary>
internal sealed class Devd(IPrograms programs) : IDevd
{
    // Upstream's place, which belongs to the base system and is emptied by its upgrades (weakness 24), and ours.
    private static readonly string[] s_places =
        ["/usr/local/etc/hyperv-vfattach/hyperv_vfup.", "/usr/libexec/hyperv/hyperv_vfup."];

    public string? HookOf(string synthetic, out string? distrusted)
    {
        distrusted = null;
        foreach (string place in s_places)
        {
            string path = place + synthetic;
            if (programs.Look(path) is not { IsRegular: true } file)
                continue;
            // A user who may write the directory can put another program there.
            string directory = Path.GetDirectoryName(path)!;
            string? fault = Fault(path, file) ?? Fault(directory, programs.Look(directory));
            if (fault is null)
                return path;
            distrusted = $"{fault}: {path} is not run";
        }
        return null;
    }

    private static string? Fault(string path, FileFacts? facts) => facts switch
    {
        null => $"{path} is gone",
        { Owner: not 0 } => $"{path} belongs to user {facts.Owner}, not to root",
        _ when (facts.Mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0 => $"{path} is writable by others than root",
        _ => null,
    };

    public void Start(params ReadOnlySpan<string> program) => programs.Start(program);
}
