using System.Reflection;
using System.Text;
using HypervVfattach.Core.Model;
using HypervVfattach.Core.Planning.Changes;
using HypervVfattach.Linux;
using HypervVfattach.Linux.Netlink;
using HypervVfattach.Report;
using HypervVfattach.Tests.Unit.Apply;
using Shouldly;
using Xunit;

namespace HypervVfattach.Tests.Unit.Core;

/// <summary>The text of each change, and its request to the kernel.</summary>
public class ChangesTests
{
    [Fact]
    public void Every_change()
    {
        var text = new StringBuilder();
        foreach (Type kind in typeof(Change).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Change)) && !type.IsAbstract)
            .OrderBy(type => type.Name, StringComparer.Ordinal))
        {
            text.Append($"{kind.Name}\n");
            string last = "";
            foreach (Change change in Variants(kind))
            {
                string lines = Lines(change);
                if (lines != last)
                    text.Append(lines);
                last = lines;
            }
        }
        text.ToString().ShouldBeApproved();
    }

    // One with a distinct value in each property, and one for each other value of a property with few values.
    private static IEnumerable<Change> Variants(Type kind)
    {
        yield return (Change)Samples.Of(kind);
        foreach (PropertyInfo property in kind.GetProperties().Where(property => property.CanWrite)
            .OrderBy(property => property.Name, StringComparer.Ordinal))
        {
            IEnumerable<object> others =
                property.PropertyType == typeof(bool) ? [false]
                : property.PropertyType == typeof(int) ? [0, Link.OfAggregate]
                : property.PropertyType.IsEnum ? property.PropertyType.GetEnumValues().Cast<object>().Skip(1)
                : property.PropertyType.GetProperty("Link") is { CanWrite: true } ? [property] : [];
            foreach (object other in others)
            {
                var change = (Change)Samples.Of(kind);
                if (other is PropertyInfo)
                {
                    object inner = property.GetValue(change)!;
                    property.PropertyType.GetProperty("Link")!.SetValue(inner, Link.OfAggregate);
                    property.SetValue(change, inner);
                }
                else
                {
                    property.SetValue(change, other);
                }
                yield return change;
            }
        }
    }

    private static string Lines(Change change)
    {
        Change real = change.WithIndexes(index => index == Link.OfAggregate ? 77 : index);
        return $"  {real.Describe(Name)}\n"
            + $"    refused: {real.Subject(Name)}: {real.Operation(Name)}\n"
            + $"    sent: {real.Channel}, {real.Batch}, {Bytes(real)}\n";

        static string Name(int index) => index == 77 ? "aggregate" : $"#{index}";
    }

    private static string Bytes(Change change)
    {
        var writer = new MessageWriter(new byte[4096]);
        try
        {
            ChangeCodec.Write(ref writer, change);
        }
        catch (ArgumentException)
        {
            return "no netlink request";
        }
        return Convert.ToHexStringLower(writer.Written);
    }
}
