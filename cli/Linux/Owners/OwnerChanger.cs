using HypervVfattach.Core;
using HypervVfattach.Core.Planning.HandOver;

namespace HypervVfattach.Linux.Owners;

/// <summary>Applies the changes that need an owner; each owner has a file that does the work.</summary>
internal static class OwnerChanger
{
    /// <summary>Applies a change, which may already have been applied.</summary>
    /// <param name="change">The change.</param>
    /// <param name="observer">Gives the interfaces' names.</param>
    /// <param name="repeat">Whether this is a repetition: what is gone then needs nothing.</param>
    /// <returns>Index of an interface on which the owner has left addresses that must go; 0 for none.</returns>
    /// <exception cref="SystemRefusal">It is refused.</exception>
    public static int Make(OwnerChange change, Observer observer, bool repeat)
    {
        switch (change)
        {
            case StopClient stop:
                DhcpClientProcess.Stop(stop.Client);
                break;
            case StartClient start:
                DhcpClientProcess.Start(start, observer.NameOf(start.Link));
                break;
            case KeepUnit keep:
                BoundUnit.Keep(keep.Unit, keep.Keep);
                break;
            case PutNetworkFiles put:
                return NetworkdChanger.Put(put, observer.NameOf, repeat) ? 0 : put.Released;
            case AwaitConfigured wait:
                NetworkdChanger.AwaitConfigured(wait.Link, repeat);
                break;
            case CheckNetwork check:
                NetworkdChanger.Check(check, observer.NameOf(check.Link), repeat);
                break;
            case CheckClient check:
                DhcpClientProcess.Check(check.Client, observer.NameOf(check.Link));
                break;
            case CheckStanza check:
                Ifupdown.Check(check);
                break;
            case CheckProfile check:
                NetworkManagerChanger.Check(check, observer.NameOf(check.Link));
                break;
            case NetworkManagerChange asked:
                NetworkManagerChanger.Make(asked, observer, repeat);
                return asked is SendAway away ? away.Link : 0;
            default:
                throw new ArgumentException($"no owner applies {change.GetType().Name}", nameof(change));
        }
        return 0;
    }
}
