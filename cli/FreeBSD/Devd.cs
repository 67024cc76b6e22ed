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
            if (file.Owner == 0 && (file.Mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) == 0)
                return path;
            distrusted = file.Owner != 0
                ? $"{path} belongs to user {file.Owner}, not to root, and is not run"
                : $"{path} is writable by others than root and is not run";
        }
        return null;
    }

    public void Start(params ReadOnlySpan<string> program) => programs.Start(program);
}
