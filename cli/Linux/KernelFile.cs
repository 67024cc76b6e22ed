using System.Runtime.InteropServices;
using HypervVfattach.Linux.Interop;

namespace HypervVfattach.Linux;

/// <summary>Reads small files, links and directories, such as those in /proc and /sys, which may vanish or not exist.</summary>
internal static class KernelFile
{
    /// <summary>A file's text without trailing newlines; null if it cannot be read.</summary>
    public static string? Text(string path)
    {
        try
        {
            return File.ReadAllText(path).TrimEnd('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A link's target as stored; null if it cannot be read.</summary>
    public static string? Target(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The names of what a directory contains, with <c>.</c> and <c>..</c>; null if it cannot be read.</summary>
    /// <remarks>The framework's enumeration asks for the status of each symbolic link.</remarks>
    public static List<string>? Names(string directory)
    {
        nint stream = Libc.opendir(directory);
        if (stream == 0)
            return null;
        List<string> names = [];
        for (nint entry; (entry = Libc.readdir(stream)) != 0;)
            names.Add(Marshal.PtrToStringUTF8(entry + Libc.DirectoryEntryName)!);
        _ = Libc.closedir(stream);
        return names;
    }

    /// <summary>The files of a directory, sorted by name; empty if it cannot be read.</summary>
    public static string[] Files(string directory, string pattern)
    {
        try
        {
            string[] files = Directory.GetFiles(directory, pattern);
            Array.Sort(files, StringComparer.Ordinal);
            return files;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
