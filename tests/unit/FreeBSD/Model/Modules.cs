using HypervVfattach.Tests.Unit.FreeBSD.Model.Abi;

namespace HypervVfattach.Tests.Unit.FreeBSD.Model;

/// <summary>Kernel modules (kern/kern_linker.c), which are loaded only on request.</summary>
internal sealed class Modules(ModelKernel kernel)
{
    private const string Lagg = "if_lagg";
    private const int KernelFile = 1;

    private readonly List<string> _files = [];

    /// <summary>Whether the lagg cloner exists.</summary>
    public bool LaggPresent => kernel.Profile.LaggCompiledIn || _files.Contains(Lagg + ".ko");

    /// <summary>kldload(2): a name is a module or, with a dot or a slash, a file.</summary>
    public int Load(string name)
    {
        if (!kernel.MayLoadModules)
            return -Errno.EPERM;
        var isFile = name.Contains('.', StringComparison.Ordinal) || name.Contains('/', StringComparison.Ordinal);
        var file = isFile ? name[(name.LastIndexOf('/') + 1)..] : name + ".ko";
        var module = file.EndsWith(".ko", StringComparison.Ordinal) ? file[..^3] : file;
        var registered = module == Lagg && LaggPresent;
        if (!isFile && registered)
            return -Errno.EEXIST;
        if (!kernel.Profile.ModuleFiles.Contains(file))
            return -Errno.ENOENT;
        if (registered || _files.Contains(file))
            return -Errno.EEXIST;
        _files.Add(file);
        return KernelFile + _files.Count;
    }

    /// <summary>kldfind(2): files only, the kernel's own file included.</summary>
    public int FindFile(string name)
    {
        if (name is "kernel")
            return KernelFile;
        var at = _files.IndexOf(name.EndsWith(".ko", StringComparison.Ordinal) ? name : name + ".ko");
        return at < 0 ? -Errno.ENOENT : KernelFile + 1 + at;
    }

    /// <summary>modfind(2): modules, wherever they come from.</summary>
    public int FindModule(string name) => name == Lagg && LaggPresent ? kernel.Profile.LaggModuleId : -Errno.ENOENT;
}
