using HypervVfattach.Core;
using HypervVfattach.Core.Model;

namespace HypervVfattach.Doctor;

/// <summary>What could not be seen.</summary>
internal static class Unseen
{
    public static void Check(Examined host, Findings found)
    {
        if (host.MissingPrivilege is { } privilege)
            found.Add("unseen/root", "this run", privilege);
        foreach (Classifier filter in host.Host.Classifiers)
        {
            if (filter.Unseen is { } why)
                found.Add("unseen", PolicyWords.NameOf(filter.Link, host.Host), why);
        }
        foreach (string what in host.Unread)
            found.Add("unseen", "this run", what);
    }
}
