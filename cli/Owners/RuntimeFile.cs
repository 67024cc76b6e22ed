using HypervVfattach.Core;

namespace HypervVfattach.Owners;

/// <summary>Files below /run by which an owner is told something until the next boot.</summary>
internal static class RuntimeFile
{
    /// <summary>Writes a file as a whole, so that no reader sees half of it, and its directory if need be.</summary>
    public static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path + ".new", text);
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>Makes a file have this text, or be absent for null.</summary>
    /// <returns>Whether it was not yet so.</returns>
    /// <exception cref="SystemRefusal">It cannot be written or removed.</exception>
    public static bool Put(string path, string? text)
    {
        try
        {
            if ((File.Exists(path) ? File.ReadAllText(path) : null) == text)
                return false;
            if (text is null)
                File.Delete(path);
            else
                Write(path, text);
            return true;
        }
        catch (Exception e) when (FileRefusal.Is(e))
        {
            throw FileRefusal.From(e, path, text is null ? "remove" : "write");
        }
    }
}
