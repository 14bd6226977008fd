#!/bin/sh
# Starts $ALGA_TEST_CHROMIUM with the arguments it is given, and without the pages that a window loads for a person at
# its address bar: they take half of the processor time of a test's page. Chromium heeds only the last list of features
# to leave out, so these are added to the list it gets.
for argument do
  shift
  case $argument in
    --disable-features=*)
      argument="$argument,WebUIOmniboxPopup,WebUIOmniboxAimPopup,SpareRendererForSitePerProcess"
      ;;
  esac
  set -- "$@" "$argument"
done
exec "$ALGA_TEST_CHROMIUM" "$@"
